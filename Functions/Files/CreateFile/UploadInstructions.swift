/// How a client uploads a file.
enum UploadInstructions: Encodable {
    case form(Form)
    case parts(Parts)

    func encode(to encoder: any Encoder) throws {
        switch self {
        case .form(let form): try form.encode(to: encoder)
        case .parts(let parts): try parts.encode(to: encoder)
        }
    }

    /// One `POST` of `multipart/form-data` with all of these fields, followed by the file's bytes in a field `file`.
    struct Form: Encodable {
        var method = "POST"
        var url: String
        var fields: [String: String]
    }

    /// One `PUT` for each part, in any order, several at a time. The client keeps the `ETag` of each response, then sends
    /// a `POST` to ``complete`` with a body that lists them in order:
    ///
    ///     <CompleteMultipartUpload>
    ///       <Part><PartNumber>1</PartNumber><ETag>"…"</ETag></Part>
    ///     </CompleteMultipartUpload>
    ///
    /// The status of that response is 200 even if S3 fails to assemble the object; its body is an `<Error>` then.
    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
    struct Parts: Encodable {
        var method = "PUT"
        var parts: [Part]
        var complete: Request
        /// Cancels the upload and deletes the parts sent so far.
        var abort: Request
    }

    struct Part: Encodable {
        var partNumber: Int
        /// In bytes. The URL is signed for exactly this length.
        var size: Int64
        var url: String
    }

    struct Request: Encodable {
        var method: String
        var url: String
    }
}
