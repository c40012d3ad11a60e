import AWSSignature
import FoundationEssentials
import Testing

/// Version 2 queries and upload forms that boto3 signed for S3, from `Tests/Fixtures/Signatures`.
struct S3SignatureVectors: Decodable {
    struct Query: Decodable, Sendable, CustomTestStringConvertible {
        var name: String
        var method: String
        var url: String
        var sessionToken: String?

        var testDescription: String { name }

        var request: SignableRequest {
            let parts = url.dropFirst("http://".count).split(separator: "/", maxSplits: 1)
            return SignableRequest(method: method, target: "/\(parts[1])", headers: [("Host", String(parts[0]))])
        }
    }

    struct Post: Decodable, Sendable, CustomTestStringConvertible {
        var name: String
        var sessionToken: String?
        var fields: [[String]]

        var testDescription: String { name }
    }

    var queries: [Query]
    var posts: [Post]

    static let queries = load().queries
    static let posts = load().posts

    private static func load() -> S3SignatureVectors {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Fixtures/Signatures/s3.json")
        do {
            return try JSONDecoder().decode(S3SignatureVectors.self, from: Data(contentsOf: file))
        } catch {
            // Without fixtures the parameterized tests would pass without running.
            fatalError("\(file.path): \(error)")
        }
    }
}
