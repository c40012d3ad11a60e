import EmulatorCore
import HTTPListener
import NIOCore
import Testing

@testable import SQS

/// Every output is described once and rendered in both protocols.
@Suite("The outputs of SQS's actions")
struct SQSOutputTests {
    private func json(_ output: some SQSOutput) -> String {
        var writer = JSONWriter()
        writer.object { output.write(to: &$0) }
        return String(buffer: writer.buffer)
    }

    private func xml(_ output: some SQSOutput) -> String {
        var writer = XMLWriter()
        writer.element("R") { output.write(to: &$0) }
        // The first line is the XML declaration.
        return String(String(buffer: writer.buffer).drop { $0 != "\n" }.dropFirst())
    }

    @Test func listsURLsInBothProtocols() {
        let output = ListQueuesOutput(page: URLPage(urls: ["u/a", "u/b"], nextToken: "2"))
        #expect(json(output) == #"{"QueueUrls":["u/a","u/b"],"NextToken":"2"}"#)
        #expect(xml(output) == "<R><QueueUrl>u/a</QueueUrl><QueueUrl>u/b</QueueUrl><NextToken>2</NextToken></R>")
    }

    @Test func leavesOutEmptyListsThatAreOptional() {
        #expect(json(ListQueuesOutput(page: URLPage(urls: []))) == "{}")
        #expect(json(ListDeadLetterSourceQueuesOutput(page: URLPage(urls: []))) == #"{"queueUrls":[]}"#)
        #expect(json(ReceiveMessageOutput(messages: [])) == "{}")
    }

    @Test func writesMapsInBothProtocols() {
        let output = ListQueueTagsOutput(tags: [("a", "<1>")])
        #expect(json(output) == #"{"Tags":{"a":"<1>"}}"#)
        #expect(xml(output) == "<R><Tag><Key>a</Key><Value>&lt;1&gt;</Value></Tag></R>")
    }

    @Test func writesMessagesInBothProtocols() {
        let attribute = MessageAttribute(name: "n", dataType: "Binary", value: .binary([1]))
        let output = ReceiveMessageOutput(messages: [
            .init(
                id: "1",
                receiptHandle: "h",
                body: "b",
                bodyDigest: "d",
                systemAttributes: [("SentTimestamp", "7")],
                attributes: [("n", .init(attribute: attribute))],
                attributesDigest: "e"
            )
        ])
        #expect(
            json(output)
                == #"{"Messages":[{"MessageId":"1","ReceiptHandle":"h","MD5OfBody":"d","Body":"b","#
                + #""Attributes":{"SentTimestamp":"7"},"MD5OfMessageAttributes":"e","#
                + #""MessageAttributes":{"n":{"BinaryValue":"AQ==","DataType":"Binary"}}}]}"#
        )
        #expect(
            xml(output)
                == "<R><Message><MessageId>1</MessageId><ReceiptHandle>h</ReceiptHandle><MD5OfBody>d</MD5OfBody>"
                + "<Body>b</Body><Attribute><Name>SentTimestamp</Name><Value>7</Value></Attribute>"
                + "<MD5OfMessageAttributes>e</MD5OfMessageAttributes><MessageAttribute><Name>n</Name>"
                + "<Value><BinaryValue>AQ==</BinaryValue><DataType>Binary</DataType></Value></MessageAttribute>"
                + "</Message></R>"
        )
    }

    @Test func writesFailuresOfABatchInBothProtocols() {
        let output = BatchOutput(
            element: "DeleteMessageBatchResultEntry",
            successful: [CompletedEntry(id: "1")],
            failed: [BatchFailure(id: "2", error: .emptyBatch)]
        )
        #expect(
            json(output)
                == #"{"Successful":[{"Id":"1"}],"Failed":[{"Id":"2","SenderFault":true,"#
                + #""Code":"AWS.SimpleQueueService.EmptyBatchRequest","#
                + #""Message":"There should be at least one SendMessageBatchRequestEntry in the request."}]}"#
        )
        #expect(
            xml(output)
                == "<R><DeleteMessageBatchResultEntry><Id>1</Id></DeleteMessageBatchResultEntry>"
                + "<BatchResultErrorEntry><Id>2</Id><SenderFault>true</SenderFault>"
                + "<Code>AWS.SimpleQueueService.EmptyBatchRequest</Code>"
                + "<Message>There should be at least one SendMessageBatchRequestEntry in the request.</Message>"
                + "</BatchResultErrorEntry></R>"
        )
    }

    @Test func queryResponsesHaveAResultUnlessTheActionReturnsNothing() throws {
        func body(_ output: any SQSOutput, _ action: String) throws -> String {
            let call = SQSCall(action: action, parameters: SQSParameters(fields: [:]))
            guard case .bytes(let body) = QueryProtocol.response(output, to: call, requestID: "r").body else {
                throw SQSError.internalFailure
            }
            return String(buffer: body)
        }
        #expect(
            try body(ReceiveMessageOutput(messages: []), "ReceiveMessage")
                .contains("<ReceiveMessageResult></ReceiveMessageResult><ResponseMetadata>")
        )
        #expect(
            try body(EmptyOutput(), "DeleteMessage").hasSuffix(
                "2012-11-05/\"><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></DeleteMessageResponse>"
            )
        )
    }
}
