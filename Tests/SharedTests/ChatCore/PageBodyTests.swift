import ChatCore
import TestSupport
import Testing

struct PageBodyTests {
    @Test(arguments: [1, 10, 1000, 50_000])
    func neverExceedsTheLimit(length: Int) throws {
        let item = String(repeating: "x", count: length)
        let page = try PageBody(repeatElement(item, count: 10_000))
        let body = try #require(page.response(next: nil).body)

        #expect(body.utf8.count <= PageBody.maximumBytes)
        // As many as fit.
        #expect(body.utf8.count + length + 3 > PageBody.maximumBytes || page.count == 10_000)
        #expect(try JSON(body).elements.count == page.count)
    }

    /// Characters that JSON escapes count as often as they are written.
    @Test(arguments: ["\u{1}", "\"", "\\", "😀"])
    func countsBytesOfTheEncodedText(character: String) throws {
        let item = String(repeating: character, count: 4096)
        let page = try PageBody(repeatElement(item, count: 100))
        #expect(try #require(page.response(next: nil).body).utf8.count <= PageBody.maximumBytes)
    }

    @Test func hasAtLeastOneItem() throws {
        let item = String(repeating: "x", count: PageBody.maximumBytes + 1)
        #expect(try PageBody([item, item]).count == 1)
    }

    @Test func reversesItems() throws {
        let page = try PageBody([1, 2, 3])
        #expect(page.response(next: nil).body == "[1,2,3]")
        #expect(page.response(next: "/x?a=1", isReversed: true).body == "[3,2,1]")
        #expect(page.response(next: "/x?a=1").headers?["link"] == #"</x?a=1>; rel="next""#)
        #expect(try PageBody([Int]()).response(next: nil).body == "[]")
    }
}
