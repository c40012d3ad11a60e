import BackingServices
import Foundation
import SAMTemplate

/// The template of a run: read at once, and resolved when the addresses are known.
struct TemplateSource {
    let accountID = "123456789012"
    private let name: String
    private let reader: TemplateReader

    init(file: URL) throws(StartFailure) {
        name = file.lastPathComponent
        do throws(TemplateError) {
            reader = try TemplateReader(contentsOf: file)
        } catch {
            throw StartFailure("\(error)")
        }
    }

    func stackID(region: String) -> String {
        "arn:aws:cloudformation:\(region):\(accountID):stack/local/00000000-0000-0000-0000-000000000000"
    }

    /// Whether the template says which functions get the database's URL.
    var placesDatabaseURL: Bool { reader.localMetadata.parameters.values.contains("local:database-url") }

    func resolve(
        _ options: RunCommand,
        _ addresses: Addresses,
        _ dataStores: DataStores,
        dataDirectory: URL
    ) throws(StartFailure) -> Application {
        var settings = ResolutionSettings()
        settings.region = options.region
        settings.accountID = accountID
        settings.servicesURL = addresses.services
        settings.apiAddress = { $0.isFirst ? addresses.public : "\(addresses.public)/\($0.logicalID)" }
        for (parameter, value) in reader.localMetadata.parameters {
            settings.parameters[parameter] = try localValue(
                value,
                of: parameter,
                addresses,
                dataStores,
                dataDirectory
            )
        }
        for assignment in options.parameters { settings.parameters[assignment.name] = assignment.value }
        do throws(TemplateError) {
            return try reader.application(settings)
        } catch {
            throw StartFailure("\(error)")
        }
    }

    /// The value that `local:…` in the template's metadata stands for; other values are literal.
    private func localValue(
        _ value: String,
        of parameter: String,
        _ addresses: Addresses,
        _ dataStores: DataStores,
        _ dataDirectory: URL
    ) throws(StartFailure) -> String {
        switch value {
        case "local:issuer": return addresses.issuer
        case "local:database-url": return dataStores.databaseURL ?? ""
        case "local:function-database-url": return dataStores.functionDatabaseURL ?? ""
        case "local:redis-url": return dataStores.redisURL ?? ""
        case "local:secret": return try LocalSecret.load(from: dataDirectory)
        case _ where value.hasPrefix("local:"):
            throw StartFailure(
                "\(name): Metadata.LocalRuntime.Parameters.\(parameter) is \(value); "
                    + "the known values are local:issuer, local:database-url, local:function-database-url, "
                    + "local:redis-url and local:secret."
            )
        default: return value
        }
    }
}

extension Application.Unsupported {
    /// For the terminal and the console.
    var sentence: String {
        "\(logicalID) (\(type)): \(detail ?? "is not emulated; the rest of the template runs without it.")"
    }
}
