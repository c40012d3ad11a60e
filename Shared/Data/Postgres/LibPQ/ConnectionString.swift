import CLibPQ

/// The parts of a connection string that libpq reads.
enum ConnectionString {
    /// The settings that a `postgresql://` URI or a list of `keyword=value` contains; nil if it is malformed.
    static func settings(of text: String) -> [String: String]? {
        guard let options = unsafe PQconninfoParse(text, nil) else { return nil }
        defer { unsafe PQconninfoFree(options) }
        var settings: [String: String] = [:]
        // An option without a keyword ends the array.
        var option = unsafe options
        while let keyword = unsafe option.pointee.keyword {
            if let value = unsafe option.pointee.val {
                unsafe settings[String(cString: keyword)] = unsafe String(cString: value)
            }
            unsafe option += 1
        }
        return settings
    }
}
