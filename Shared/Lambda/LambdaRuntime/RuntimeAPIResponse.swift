import FoundationEssentials

/// An HTTP response of the Runtime API.
struct RuntimeAPIResponse: Equatable {
    var status: Int
    /// The names are in lower case.
    var headers: [Header] = []
    var body = Data()
    var keepsConnectionOpen = true

    struct Header: Equatable {
        var name: String
        var value: String
    }

    /// - Parameter name: In lower case.
    func header(_ name: String) -> String? {
        headers.first { $0.name == name }?.value
    }
}
