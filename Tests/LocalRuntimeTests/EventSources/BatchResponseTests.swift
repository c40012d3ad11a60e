import NIOCore
import Testing

@testable import EventSources

struct BatchResponseTests {
    @Test(arguments: ["", "null", "{}", #"{"batchItemFailures":[]}"#, #"{"batchItemFailures":null}"#])
    func allMessagesSucceed(response: String) {
        #expect(BatchResponse(of: ByteBuffer(string: response), messageIDs: ["a", "b"]) == .failed([]))
    }

    @Test func listedMessagesFail() {
        let response = ByteBuffer(string: #"{"batchItemFailures":[{"itemIdentifier":"b"},{"itemIdentifier":"b"}]}"#)
        #expect(BatchResponse(of: response, messageIDs: ["a", "b"]) == .failed(["b"]))
    }

    @Test(arguments: [
        "not JSON", "[]", "true", #"{"wrong":[]}"#, #"{"batchItemFailures":{}}"#, #"{"batchItemFailures":["a"]}"#,
        #"{"batchItemFailures":[{"itemIdentifier":""}]}"#, #"{"batchItemFailures":[{"itemIdentifier":null}]}"#,
        #"{"batchItemFailures":[{"id":"a"}]}"#, #"{"batchItemFailures":[{"itemIdentifier":"c"}]}"#,
        #"{"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"c"}]}"#,
    ])
    func refusesAnInvalidResponse(response: String) {
        guard case .invalid = BatchResponse(of: ByteBuffer(string: response), messageIDs: ["a", "b"]) else {
            Issue.record("\(response) was accepted")
            return
        }
    }
}
