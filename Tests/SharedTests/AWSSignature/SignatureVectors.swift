import AWSSignature
import FoundationEssentials
import Testing

/// A request and its expected signature, from `Tests/Fixtures/Signatures`.
struct SignatureVector: Decodable, Sendable, CustomTestStringConvertible {
    var name: String
    var method: String
    var target: String
    var headers: [[String]]
    var body: String
    var sessionToken: String?

    // Only in AWS's test suite.
    var omitsSessionToken: Bool?
    var signsBody: Bool?
    var normalizesPath: Bool?
    var canonicalRequest: String?
    var headerSignature: String?
    var querySignature: String?

    // Only in botocore's requests.
    var service: String?

    var testDescription: String { name }

    var request: SignableRequest {
        SignableRequest(
            method: method,
            target: target,
            headers: headers.map { ($0[0], $0[1]) },
            payload: PayloadHash(of: Array(body.utf8))
        )
    }

    /// AWS's test suite. Its requests are not percent-encoded.
    static let ofAWS = load("signature-v4")
    static let ofAWSNormalized = ofAWS.filter { $0.normalizesPath == true }
    static let ofAWSUnnormalized = ofAWS.filter { $0.normalizesPath == false }
    /// Requests that botocore signed.
    static let ofBotocore = load("botocore")

    private struct File: Decodable {
        var vectors: [SignatureVector]
    }

    private static func load(_ name: String) -> [SignatureVector] {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Fixtures/Signatures/\(name).json")
        do {
            return try JSONDecoder().decode(File.self, from: Data(contentsOf: file)).vectors
        } catch {
            // Without fixtures the parameterized tests would pass without running.
            fatalError("\(file.path): \(error)")
        }
    }
}

enum SignatureMoment {
    /// 2015-08-30T12:36:00Z
    static let ofAWS = Date(timeIntervalSince1970: 1_440_938_160)
    /// 2026-11-21T20:39:16Z
    static let ofBotocore = Date(timeIntervalSince1970: 1_795_293_556)
}

extension Credentials {
    static func example(sessionToken: String? = nil) -> Credentials {
        Credentials(
            accessKeyID: "AKIDEXAMPLE",
            secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            sessionToken: sessionToken
        )
    }
}
