/// The path of a value in a template: `Resources.SendMessage.Properties.Events.Route`.
struct TemplatePath: Sendable, Hashable, CustomStringConvertible {
    private(set) var components: [String]

    init(_ components: String...) { self.components = components }

    static func / (path: Self, component: String) -> Self {
        var path = path
        path.components.append(component)
        return path
    }

    static func / (path: Self, index: Int) -> Self { path / String(index) }

    var description: String { components.joined(separator: ".") }

    /// The path relative to the resource's properties.
    var insideProperties: String {
        guard components.count > 3, components[0] == "Resources", components[2] == "Properties" else {
            return description
        }
        return components[3...].joined(separator: ".")
    }

    /// The logical id of the resource that contains the value.
    var logicalID: String? {
        components.count > 1 && components[0] == "Resources" ? components[1] : nil
    }
}
