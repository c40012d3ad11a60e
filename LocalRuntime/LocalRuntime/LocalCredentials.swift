import AWSRequests
import AWSSignature
import DevConsole
import EmulatorCore
import Foundation
import LambdaHost

/// The credentials that the AWS services accept.
///
/// Functions have temporary credentials in their environment, and tools on this machine an access key in a file of the
/// data directory; both are random. Programs on this machine may also use any access key id with the same text as the
/// secret, such as `AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local`. Browsers and other machines may not: a web page
/// knows these keys too.
struct LocalCredentials: Sendable {
    /// The path of the file with ``keys``.
    let file: String
    private let keys: AccessKeyFile
    private let known: [String: Credentials]

    /// Reads the keys of a data directory, or creates them.
    init(dataDirectory: URL) throws(StartFailure) {
        file = dataDirectory.appendingPathComponent("credentials").path
        do throws(PrivateFileError) {
            keys = try AccessKeyFile.load(from: file)
        } catch {
            throw StartFailure("The access keys cannot be used: \(error).")
        }
        known = Dictionary(uniqueKeysWithValues: [keys.tools, keys.functions].map { ($0.id, Credentials($0)) })
    }

    var verifier: RequestVerifier {
        RequestVerifier(
            localPrograms: SignatureVerifier { [known] id in
                known[id] ?? Credentials(accessKeyID: id, secretAccessKey: id)
            },
            others: SignatureVerifier { [known] id in known[id] }
        )
    }

    /// For the response to `GET /_local/info`.
    var information: RuntimeInfo.AccessKey {
        RuntimeInfo.AccessKey(accessKeyId: keys.tools.id, secretAccessKey: keys.tools.secret)
    }

    /// Gives functions their credentials.
    func apply(to options: inout LambdaHost.Options) {
        options.accessKeyID = keys.functions.id
        options.secretAccessKey = keys.functions.secret
        options.sessionToken = keys.functions.sessionToken ?? ""
    }
}

extension Credentials {
    fileprivate init(_ key: AccessKeyFile.Key) {
        self.init(accessKeyID: key.id, secretAccessKey: key.secret, sessionToken: key.sessionToken)
    }
}
