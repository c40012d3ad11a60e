import ChatCore

try await Lambda.run {
    DefaultRouteHandler()
}
