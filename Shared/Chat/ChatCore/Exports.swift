@_exported public import LambdaEvents
@_exported public import LambdaRuntime
@_exported public import Logging
