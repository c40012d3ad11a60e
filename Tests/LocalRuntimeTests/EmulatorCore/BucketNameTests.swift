import EmulatorCore
import Testing

/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
@Suite("The names of buckets")
struct BucketNameTests {
    @Test(arguments: [
        "abc", "my.bucket-1", "1bucket", "a-.b", "1.2.3", "1.2.3.4.5", String(repeating: "a", count: 63), "sthree",
    ])
    func acceptsValidNames(name: String) {
        #expect(BucketName.isValid(name))
    }

    @Test(arguments: [
        "", "ab", String(repeating: "a", count: 64), "Bucket", "my_bucket", "bücket", "-bucket", "bucket-", ".bucket",
        "bucket.", "my..bucket", "192.168.5.4", "999.1.1.1", "xn--bucket", "sthree-bucket", "amzn-s3-demo-bucket",
        "bucket-s3alias", "bucket--ol-s3", "bucket.mrap", "bucket--x-s3", "bucket--table-s3", "a/b",
    ])
    func refusesInvalidNames(name: String) {
        #expect(!BucketName.isValid(name))
    }
}
