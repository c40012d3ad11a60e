import FileCredentials
import Files
import FoundationEssentials

extension SignedFileURLs {
    static var example: SignedFileURLs {
        let environment = Environment([
            "FILES_URL": "https://files.example.com/files",
            "FILE_CREDENTIAL_SECRETS": "a:\(Data(repeating: 7, count: 32).base64EncodedString())",
        ])
        do {
            return try .configured(by: environment)
        } catch {
            // A constant of the tests is wrong.
            fatalError("\(error)")
        }
    }
}

extension Date {
    static let example = Date(timeIntervalSince1970: 1_795_300_000)
}
