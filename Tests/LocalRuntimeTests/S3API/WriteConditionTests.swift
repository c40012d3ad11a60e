import NIOHTTP1
import ObjectStore
import Testing

@testable import S3API

@Suite("The conditions of writes to S3")
struct WriteConditionTests {
    @Test(
        arguments: [
            ([:], .none), (["If-Match": "\"a\""], .matches("a")), (["If-Match": "a"], .matches("a")),
            (["If-None-Match": "*"], .isAbsent), (["If-Match": "\"*\""], .matches("*")),
        ] as [(HTTPHeaders, WriteCondition)]
    )
    func supportedConditions(headers: HTTPHeaders, condition: WriteCondition) throws {
        #expect(try WriteCondition(ofWrite: headers) == condition)
    }

    @Test(
        arguments: [
            (["If-None-Match": "\"a\""], "If-None-Match"), (["If-None-Match": "a"], "If-None-Match"),
            (["If-None-Match": "\"*\""], "If-None-Match"), (["If-None-Match": ""], "If-None-Match"),
            (["If-None-Match": "*, \"a\""], "If-None-Match"),
            (["If-None-Match": "*", "if-none-match": "*"], "If-None-Match"),
            (["If-Match": "*"], "If-Match"), (["If-Match": ""], "If-Match"),
            (["If-Match": "\"a\", \"b\""], "If-Match"), (["If-Match": "\"a\"", "if-match": "\"b\""], "If-Match"),
            (["If-Match": "\"a\"", "If-None-Match": "*"], "If-Match,If-None-Match"),
            (["If-Match": "*", "If-None-Match": "\"a\""], "If-Match,If-None-Match"),
            (["If-Modified-Since": "Wed, 21 Oct 2015 07:28:00 GMT"], "If-Modified-Since"),
            (["If-Unmodified-Since": "Wed, 21 Oct 2015 07:28:00 GMT", "If-Match": "a"], "If-Unmodified-Since"),
        ] as [(HTTPHeaders, String)]
    )
    func otherConditionsAreNotImplemented(headers: HTTPHeaders, name: String) throws {
        let error = try #require(throws: S3Error.self) { try WriteCondition(ofWrite: headers) }
        #expect(error.status == .notImplemented && error.code == "NotImplemented")
        #expect(error.details.first?.name == "Header" && error.details.first?.value == name)
    }

    @Test(
        arguments: [
            ([:], .none), (["If-Match": "\"a\""], .matches("a")), (["If-Match": "*"], .exists),
        ] as [(HTTPHeaders, WriteCondition)]
    )
    func supportedConditionsOfADeletion(headers: HTTPHeaders, condition: WriteCondition) throws {
        #expect(try WriteCondition(ofDeletion: headers) == condition)
    }

    @Test(
        arguments: [
            "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "x-amz-if-match-size",
            "x-amz-if-match-last-modified-time",
        ]
    )
    func otherConditionsOfADeletionAreNotImplemented(name: String) throws {
        for headers: HTTPHeaders in [[name: "*"], [name: "1", "If-Match": "*"]] {
            let error = try #require(throws: S3Error.self) { try WriteCondition(ofDeletion: headers) }
            #expect(error.status == .notImplemented && error.details.first?.value == name)
        }
    }
}
