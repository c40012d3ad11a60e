import SAMTemplate
import Testing

@testable import HTTPGateway

@Suite struct RouteTableTests {
    private static let keys = [
        "$default", "ANY /{proxy+}", "GET /pets/{proxy+}", "GET /pets/{id}", "GET /pets/dog", "ANY /pets/dog",
        "POST /pets/{id}/toys/{toy}", "GET /", "GET /pets/{id}/toys", "ANY /files/{path+}",
    ]

    private static func route(_ key: String) -> HTTPAPI.Route {
        let parts = key.split(separator: " ").map(String.init)
        return HTTPAPI.Route(method: parts.count > 1 ? parts[0] : "", path: parts[parts.count - 1], integration: .mock)
    }

    private func match(_ method: String, _ path: String, keys: [String]) -> String? {
        RouteTable(keys.map(Self.route)).match(method: method, path: path[...]).map { match in
            ([match.route.key] + match.pathParameters.map { "\($0.key)=\($0.value)" }).joined(separator: " ")
        }
    }

    @Test(arguments: [
        ("GET", "/", "GET /"),
        ("POST", "/", "$default"),
        ("GET", "/pets/dog", "GET /pets/dog"),
        ("PUT", "/pets/dog", "ANY /pets/dog"),
        ("HEAD", "/pets/dog", "ANY /pets/dog"),
        ("GET", "/pets/cat", "GET /pets/{id} id=cat"),
        ("GET", "/pets/a%2Fb", "GET /pets/{id} id=a/b"),
        ("GET", "/pets/a%20b", "GET /pets/{id} id=a b"),
        ("GET", "/pets/a+b", "GET /pets/{id} id=a+b"),
        ("GET", "/pets/cat/toys", "GET /pets/{id}/toys id=cat"),
        ("POST", "/pets/cat/toys/7", "POST /pets/{id}/toys/{toy} id=cat toy=7"),
        ("GET", "/pets/cat/other", "GET /pets/{proxy+} proxy=cat/other"),
        ("PUT", "/pets/cat", "ANY /{proxy+} proxy=pets/cat"),
        ("GET", "/files/a/b%20c", "ANY /files/{path+} path=a/b c"),
        ("GET", "/p%65ts/dog", "GET /pets/dog"),
    ])
    func matchesTheMostSpecificRoute(_ method: String, _ path: String, _ expected: String) {
        #expect(match(method, path, keys: Self.keys) == expected)
        #expect(match(method, path, keys: Self.keys.reversed()) == expected)
    }

    @Test(arguments: [
        ("GET", "/nothing"), ("POST", "/a"), ("GET", "/a/"), ("GET", "/a/b"), ("GET", "/x/"), ("GET", "a"),
    ])
    func matchesNothingElseWithoutADefaultRoute(_ method: String, _ path: String) {
        #expect(match(method, path, keys: ["GET /a", "GET /x/{id}", "GET /y/{more+}"]) == nil)
    }
}
