import EmulatorCore
import HTTPListener
import NIOHTTP1
import ObjectStore

extension S3API {
    func listObjects(_ call: S3Call) throws -> OutgoingResponse {
        call.request.query["list-type"] == "2" ? try listObjectsV2(call) : try listObjectsV1(call)
    }

    /// Reads the parameters that all listings have in common.
    private func listingRequest(_ query: S3Query, after: String?) throws -> ListingRequest {
        ListingRequest(
            prefix: query["prefix"] ?? "",
            delimiter: query["delimiter"].flatMap { $0.isEmpty ? nil : $0 },
            after: after,
            limit: try query.limit("max-keys") ?? ListingRequest.maximumKeys
        )
    }

    private func listObjectsV1(_ call: S3Call) throws -> OutgoingResponse {
        let (query, bucket) = (call.request.query, try call.request.requireBucket())
        let encoding = try KeyEncoding(query)
        let marker = query["marker"] ?? ""
        let request = try listingRequest(query, after: marker.isEmpty ? nil : marker)
        let listing = try store.list(request, in: bucket)
        return .xml(
            XMLWriter.document("ListBucketResult") { xml in
                xml.element("Name", bucket)
                // Clients of this version decode keys but not the prefix.
                xml.element("Prefix", query["prefix"] ?? "")
                xml.element("Marker", encoding.encode(marker))
                if let next = listing.next, request.delimiter != nil {
                    xml.element("NextMarker", encoding.encode(next.text))
                }
                xml.element("MaxKeys", request.limit)
                xml.element("Delimiter", ifPresent: request.delimiter.map(encoding.encode))
                xml.element("IsTruncated", listing.next != nil)
                encoding.write(to: &xml)
                write(listing, to: &xml, encoding, withOwner: true)
            }
        )
    }

    private func listObjectsV2(_ call: S3Call) throws -> OutgoingResponse {
        let (query, bucket) = (call.request.query, try call.request.requireBucket())
        let encoding = try KeyEncoding(query)
        let token = query["continuation-token"]
        var after = query["start-after"].flatMap { $0.isEmpty ? nil : $0 }
        if let token, !token.isEmpty {
            guard let decoded = ContinuationToken.decode(token) else {
                throw S3Error.invalidArgument(
                    "The continuation token provided is incorrect",
                    "continuation-token",
                    token
                )
            }
            after = decoded
        }
        let request = try listingRequest(query, after: after)
        let listing = try store.list(request, in: bucket)
        return .xml(
            XMLWriter.document("ListBucketResult") { xml in
                xml.element("Name", bucket)
                xml.element("Prefix", encoding.encode(query["prefix"] ?? ""))
                xml.element("StartAfter", ifPresent: query["start-after"].map(encoding.encode))
                xml.element("ContinuationToken", ifPresent: token)
                xml.element("NextContinuationToken", ifPresent: listing.next.map { ContinuationToken.encode($0.text) })
                xml.element("KeyCount", listing.count)
                xml.element("MaxKeys", request.limit)
                xml.element("Delimiter", ifPresent: request.delimiter.map(encoding.encode))
                xml.element("IsTruncated", listing.next != nil)
                encoding.write(to: &xml)
                write(listing, to: &xml, encoding, withOwner: query["fetch-owner"] == "true")
            }
        )
    }

    /// Lists every object as version `null`, because buckets have no versioning.
    func listVersions(_ call: S3Call) throws -> OutgoingResponse {
        let (query, bucket) = (call.request.query, try call.request.requireBucket())
        let encoding = try KeyEncoding(query)
        let marker = query["key-marker"] ?? ""
        let request = try listingRequest(query, after: marker.isEmpty ? nil : marker)
        let listing = try store.list(request, in: bucket)
        return .xml(
            XMLWriter.document("ListVersionsResult") { xml in
                xml.element("Name", bucket)
                xml.element("Prefix", encoding.encode(query["prefix"] ?? ""))
                xml.element("KeyMarker", encoding.encode(marker))
                xml.element("VersionIdMarker", query["version-id-marker"] ?? "")
                if let next = listing.next {
                    xml.element("NextKeyMarker", encoding.encode(next.text))
                    xml.element("NextVersionIdMarker", "null")
                }
                xml.element("MaxKeys", request.limit)
                xml.element("Delimiter", ifPresent: request.delimiter.map(encoding.encode))
                xml.element("IsTruncated", listing.next != nil)
                encoding.write(to: &xml)
                for (key, object) in listing.objects {
                    xml.element("Version") { xml in
                        xml.element("Key", encoding.encode(key.text))
                        xml.element("VersionId", "null")
                        xml.element("IsLatest", true)
                        write(object, to: &xml, withOwner: true)
                    }
                }
                write(prefixes: listing.commonPrefixes, to: &xml, encoding)
            }
        )
    }

    private func write(_ listing: Listing, to xml: inout XMLWriter, _ encoding: KeyEncoding, withOwner: Bool) {
        for (key, object) in listing.objects {
            xml.element("Contents") { xml in
                xml.element("Key", encoding.encode(key.text))
                write(object, to: &xml, withOwner: withOwner)
            }
        }
        write(prefixes: listing.commonPrefixes, to: &xml, encoding)
    }

    private func write(_ object: ObjectRecord, to xml: inout XMLWriter, withOwner: Bool) {
        xml.element("LastModified", timestamp: object.modifiedAt)
        xml.element("ETag", plain: "&quot;\(object.etag)&quot;")
        if let checksum = object.checksum {
            xml.element("ChecksumAlgorithm", checksum.algorithm)
            xml.element("ChecksumType", checksum.kind.rawValue)
        }
        xml.element("Size", object.size)
        if withOwner { xml.fragment(Owner.element) }
        xml.element("StorageClass", plain: "STANDARD")
    }

    private func write(prefixes: [ObjectKey], to xml: inout XMLWriter, _ encoding: KeyEncoding) {
        for prefix in prefixes {
            xml.element("CommonPrefixes") { $0.element("Prefix", encoding.encode(prefix.text)) }
        }
    }
}
