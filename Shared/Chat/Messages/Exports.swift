@_exported public import ChatStore
@_exported public import Files
