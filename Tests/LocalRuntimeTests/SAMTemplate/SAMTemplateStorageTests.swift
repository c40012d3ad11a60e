import SAMTemplate
import Testing

@Suite("Buckets and queues of templates")
struct SAMTemplateStorageTests {
    private static let account = "123456789012"

    // MARK: Buckets

    @Test func aBucketWithoutNameGetsAValidOne() throws {
        let application = try application(
            """
            Resources:
              Uploads: {Type: AWS::S3::Bucket}
              Named: {Type: AWS::S3::Bucket, Properties: {BucketName: !Sub "named-${AWS::Region}"}}
            """
        )
        #expect(application.buckets.map(\.name) == ["local-uploads", "named-us-east-1"])
        #expect(application.buckets.map(\.arn) == ["arn:aws:s3:::local-uploads", "arn:aws:s3:::named-us-east-1"])
        #expect(application.unsupported == [])
    }

    @Test(arguments: ["Uploads", "up_loads", "ab", "-abc", "a..b", String(repeating: "a", count: 64)])
    func anInvalidBucketNameIsAnError(name: String) {
        let error = #expect(throws: TemplateError.self) {
            try application("Resources: {A: {Type: AWS::S3::Bucket, Properties: {BucketName: \(name)}}}")
        }
        #expect(error?.path == "Resources.A.Properties.BucketName")
    }

    @Test func crossOriginRulesAreRead() throws {
        let application = try application(
            """
            Resources:
              A:
                Type: AWS::S3::Bucket
                Properties:
                  CorsConfiguration:
                    CorsRules:
                      - AllowedOrigins: ["*"]
                        AllowedMethods: [GET, PUT]
                        AllowedHeaders: ["*"]
                        ExposedHeaders: [ETag]
                        MaxAge: 60
                      - {AllowedOrigins: [https://a.example], AllowedMethods: [POST]}
            """
        )
        let rules = application.buckets[0].cors
        #expect(rules.map(\.allowedOrigins) == [["*"], ["https://a.example"]])
        #expect(rules.map(\.allowedMethods) == [["GET", "PUT"], ["POST"]])
        #expect(rules.map(\.exposedHeaders) == [["ETag"], []])
        #expect(rules.map(\.maxAge) == [60, nil])
    }

    /// The queue's policy and the bucket refer to each other, which is not a circular dependency.
    @Test func notificationsGoToQueuesAndFunctions() throws {
        let application = try application(
            """
            Resources:
              Uploads:
                Type: AWS::S3::Bucket
                DependsOn: Policy
                Properties:
                  BucketName: !Sub "${AWS::StackName}-uploads"
                  NotificationConfiguration:
                    QueueConfigurations:
                      - Event: s3:ObjectCreated:*
                        Queue: !GetAtt Queue.Arn
                        Filter: {S3Key: {Rules: [{Name: prefix, Value: in/}, {Name: Suffix, Value: .jpg}]}}
                    LambdaConfigurations:
                      - {Event: "s3:ObjectRemoved:*", Function: !GetAtt Worker.Arn}
                    EventBridgeConfiguration: {EventBridgeEnabled: true}
              Queue: {Type: AWS::SQS::Queue}
              Policy:
                Type: AWS::SQS::QueuePolicy
                Properties:
                  Queues: [!Ref Queue]
                  PolicyDocument: {Condition: {ArnLike: {aws:SourceArn: !Sub "arn:aws:s3:::${AWS::StackName}-uploads"}}}
              Worker: {Type: AWS::Lambda::Function, Properties: {Handler: h, Runtime: provided}}
            """
        )
        let rules = application.buckets[0].notifications
        #expect(rules.map(\.events) == [["s3:ObjectCreated:*"], ["s3:ObjectRemoved:*"]])
        #expect(rules.map(\.prefix) == ["in/", nil])
        #expect(rules.map(\.suffix) == [".jpg", nil])
        #expect(
            rules.map(\.destination) == [
                "arn:aws:sqs:us-east-1:\(Self.account):Queue",
                "arn:aws:lambda:us-east-1:\(Self.account):function:Worker",
            ]
        )
        #expect(application.unsupported.map(\.logicalID) == ["Uploads"])
        #expect(application.unsupported.first?.detail?.contains("EventBridge") == true)
    }

    @Test func anS3EventAddsANotificationToTheBucket() throws {
        let application = try application(
            """
            Resources:
              Uploads: {Type: AWS::S3::Bucket}
              Worker:
                Type: AWS::Serverless::Function
                Properties:
                  Handler: h
                  Runtime: provided
                  Events:
                    Uploaded:
                      Type: S3
                      Properties:
                        Bucket: !Ref Uploads
                        Events: [s3:ObjectCreated:Put, s3:ObjectCreated:Post]
                        Filter: {S3Key: {Rules: [{Name: suffix, Value: .png}]}}
            """
        )
        let rule = try #require(application.buckets[0].notifications.first)
        #expect(rule.id == "WorkerUploaded")
        #expect(rule.events == ["s3:ObjectCreated:Put", "s3:ObjectCreated:Post"])
        #expect(rule.suffix == ".png")
        #expect(rule.destination == "arn:aws:lambda:us-east-1:\(Self.account):function:Worker")
        #expect(application.unsupported == [])
    }

    /// A deployment of this template fails with “Circular dependency between resources”.
    @Test func aFunctionThatRefersToTheBucketOfItsEventIsACircularDependency() {
        let error = #expect(throws: TemplateError.self) {
            try application(
                """
                Resources:
                  Uploads: {Type: AWS::S3::Bucket}
                  Worker:
                    Type: AWS::Serverless::Function
                    Properties:
                      Handler: h
                      Runtime: provided
                      Environment: {Variables: {BUCKET: !Ref Uploads}}
                      Events:
                        Uploaded: {Type: S3, Properties: {Bucket: !Ref Uploads, Events: "s3:ObjectCreated:*"}}
                """
            )
        }
        #expect(error?.code == .circularReference)
    }

    @Test(arguments: [
        ("NotificationConfiguration: {TopicConfigurations: [{Event: x, Topic: y}]}", "topics"),
        (
            "NotificationConfiguration: {QueueConfigurations: [{Event: 's3:ObjectCreated:*', Queue: elsewhere}]}",
            "elsewhere"
        ),
        ("VersioningConfiguration: {Status: Enabled}", "VersioningConfiguration"),
    ])
    func bucketPropertiesThatAreNotEmulatedAreNoted(property: String, mentions: String) throws {
        let application = try application("Resources: {A: {Type: AWS::S3::Bucket, Properties: {\(property)}}}")
        #expect(application.buckets.first?.notifications == [])
        #expect(application.unsupported.map(\.logicalID) == ["A"])
        #expect(application.unsupported.first?.detail?.contains(mentions) == true)
    }

    @Test func accessAndEncryptionAreNotNoted() throws {
        let application = try application(
            """
            Resources:
              A:
                Type: AWS::S3::Bucket
                Properties:
                  BucketEncryption: {ServerSideEncryptionConfiguration: []}
                  PublicAccessBlockConfiguration: {BlockPublicAcls: true}
                  OwnershipControls: {Rules: [{ObjectOwnership: BucketOwnerEnforced}]}
              P: {Type: AWS::S3::BucketPolicy, Properties: {Bucket: !Ref A}}
              C: {Type: AWS::CloudFront::CachePolicy}
              O: {Type: AWS::CloudFront::OriginAccessControl}
            """
        )
        #expect(application.unsupported == [])
    }

    @Test func aDistributionIsNotedWithTheConsequence() throws {
        let application = try application("Resources: {A: {Type: AWS::CloudFront::Distribution}}")
        #expect(application.unsupported.first?.detail?.contains("origins") == true)
    }

    // MARK: Queues

    @Test func aQueueHasTheDefaultsOfSQS() throws {
        let application = try application(
            """
            Resources: {Jobs: {Type: AWS::SQS::Queue}}
            Outputs:
              Url: {Value: !Ref Jobs}
              Same: {Value: !GetAtt Jobs.QueueUrl}
              Name: {Value: !GetAtt Jobs.QueueName}
              Arn: {Value: !GetAtt Jobs.Arn}
            """
        )
        let queue = try #require(application.queues.first)
        #expect(queue.name == "Jobs")
        #expect(queue.visibilityTimeout == 30)
        #expect(queue.retentionPeriod == 345_600)
        #expect(queue.maximumMessageSize == 1_048_576)
        #expect(queue.delay == 0)
        #expect(queue.receiveWaitTime == 0)
        #expect(queue.redrivePolicy == nil)
        #expect(
            application.outputs == [
                "Url": "http://127.0.0.1:3001/\(Self.account)/Jobs",
                "Same": "http://127.0.0.1:3001/\(Self.account)/Jobs",
                "Name": "Jobs", "Arn": "arn:aws:sqs:us-east-1:\(Self.account):Jobs",
            ]
        )
    }

    @Test func queuesFollowTheirProperties() throws {
        let application = try application(
            """
            Resources:
              Dead: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true}}
              Jobs:
                Type: AWS::SQS::Queue
                Properties:
                  QueueName: jobs.fifo
                  FifoQueue: true
                  ContentBasedDeduplication: true
                  DeduplicationScope: messageGroup
                  VisibilityTimeout: 5
                  MessageRetentionPeriod: 60
                  DelaySeconds: 1
                  ReceiveMessageWaitTimeSeconds: 20
                  MaximumMessageSize: 1024
                  RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}
            """
        )
        #expect(application.queues.map(\.name) == ["Dead.fifo", "jobs.fifo"])
        let queue = application.queues[1]
        #expect(queue.isFIFO && queue.deduplicatesByContent && queue.deduplicatesByGroup)
        #expect(queue.visibilityTimeout == 5)
        #expect(queue.retentionPeriod == 60)
        #expect(queue.delay == 1)
        #expect(queue.receiveWaitTime == 20)
        #expect(queue.maximumMessageSize == 1_024)
        #expect(
            queue.redrivePolicy
                == .init(deadLetterTarget: "arn:aws:sqs:us-east-1:\(Self.account):Dead.fifo", maximumReceiveCount: 3)
        )
        #expect(application.unsupported == [])
    }

    @Test(arguments: [
        "QueueName: a.fifo", "FifoQueue: true, QueueName: a", "QueueName: a b", "VisibilityTimeout: 43201",
        "ContentBasedDeduplication: true", "DeduplicationScope: queue", "RedrivePolicy: {deadLetterTargetArn: x}",
        "RedrivePolicy: [x]",
        "RedrivePolicy: {deadLetterTargetArn: !GetAtt Other.Arn, maxReceiveCount: 1}, FifoQueue: true",
    ])
    func queuePropertiesThatSQSRejectsAreErrors(properties: String) {
        #expect(throws: TemplateError.self) {
            try application(
                """
                Resources:
                  A: {Type: AWS::SQS::Queue, Properties: {\(properties)}}
                  Other: {Type: AWS::SQS::Queue}
                """
            )
        }
    }
}
