import HTTPListener

extension RequestPolicy {
    /// Accepts the hosts in the requests of tests.
    static let anyTestHost = RequestPolicy(allowedHosts: ["x", "api.example"])
}
