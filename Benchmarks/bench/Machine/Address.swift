struct Address: Sendable {
    var host = "127.0.0.1"
    var port: Int
}
