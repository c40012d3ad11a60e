@_exported public import ChatCore
@_exported public import Redis
