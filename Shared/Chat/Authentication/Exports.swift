@_exported public import ChatCore
