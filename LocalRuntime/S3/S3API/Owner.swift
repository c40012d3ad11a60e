import EmulatorCore

/// Everything belongs to one account.
enum Owner {
    static let id = "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a"
    static let displayName = "local"

    static let element = "<Owner><ID>\(id)</ID><DisplayName>\(displayName)</DisplayName></Owner>"

    static func write(to xml: inout XMLWriter, as name: String = "Owner") {
        xml.element(name) { xml in
            xml.element("ID", id)
            xml.element("DisplayName", displayName)
        }
    }
}

/// `2009-10-12T17:50:30.000Z`
func timestamp(_ milliseconds: Int64) -> String { UnixTime(milliseconds: milliseconds).iso8601 }
