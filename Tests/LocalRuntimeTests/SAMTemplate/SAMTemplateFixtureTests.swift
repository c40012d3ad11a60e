import SAMTemplate
import Testing

@Suite("Whole templates")
struct SAMTemplateFixtureTests {
    private func fixture(_ name: String, _ parameters: [String: String] = [:]) throws -> Application {
        var settings = ResolutionSettings()
        settings.parameters = parameters
        return try TemplateReader(contentsOf: projectFile("Tests/Fixtures/Templates/\(name)")).application(settings)
    }

    // MARK: The project's own

    private func own() throws -> Application {
        let reader = try TemplateReader(contentsOf: projectFile("template.yaml"))
        #expect(
            reader.localMetadata.parameters == [
                "IdentityIssuer": "local:issuer", "DatabaseUrl": "local:database-url", "RedisUrl": "local:redis-url",
                "AllowedOrigins": "*", "FileCredentialSecrets": "local:secret", "FileDelivery": "direct",
            ]
        )
        var settings = ResolutionSettings()
        settings.parameters = reader.localMetadata.parameters
        settings.parameters["IdentityIssuer"] = "http://127.0.0.1:3000/_local"
        return try reader.application(settings)
    }

    @Test func ownTemplateLeavesNothingOut() throws {
        #expect(try own().unsupported == [])
    }

    @Test func ownTemplateHasAFunctionForEveryFolder() throws {
        let functions = try own().functions
        #expect(functions.count == 19)
        for function in functions {
            #expect(function.handler == function.logicalID)
            #expect(function.runtime == "provided.al2023")
            #expect(function.codeURI == ".")
            #expect(function.environment["LOG_LEVEL"] == "info")
        }
    }

    @Test func ownFunctionsAreToldOnlyWhatTheyNeed() throws {
        let functions = try own().functions
        func names(_ logicalID: String) -> Set<String> {
            Set(functions.first { $0.logicalID == logicalID }?.environment.keys.map(\.self) ?? [])
        }
        #expect(names("DefaultRoute") == ["LOG_LEVEL"])
        #expect(names("Connect") == ["LOG_LEVEL", "REDIS_URL"])
        let credentials: Set = ["FILE_CREDENTIAL_SECRETS", "FILE_CREDENTIAL_LIFETIME"]
        let urls = credentials.union(["FILES_URL"])
        #expect(names("SendMessage") == urls.union(["LOG_LEVEL", "DATABASE_URL", "REDIS_URL"]))
        #expect(names("ListMessages") == urls.union(["LOG_LEVEL", "DATABASE_URL", "IDENTITY_USER_CLAIM"]))
        #expect(names("FileProxyViewer") == credentials.union(["LOG_LEVEL"]))
        #expect(names("FileProxyOrigin") == credentials.union(["LOG_LEVEL", "FILES_BUCKET", "VARIANTS_BUCKET"]))
        let identity: Set = ["IDENTITY_ISSUER", "IDENTITY_AUDIENCE", "IDENTITY_JWKS_URL", "IDENTITY_USER_CLAIM"]
        #expect(names("Authorize") == identity.union(["LOG_LEVEL"]))
    }

    @Test func ownWebSocketAPIHasItsRoutes() throws {
        let api = try #require(try own().webSocketAPIs.first)
        #expect(api.logicalID == "WebSocketApi")
        #expect(api.stage.name == "live")
        #expect(api.routeSelectionExpression == "$request.body.action")
        #expect(
            api.routes.map(\.key)
                == ["$connect", "$disconnect", "heartbeat", "$default", "send-message", "read-messages"]
        )
        #expect(api.routes.filter(\.returnsResponse).map(\.key) == api.routes.dropFirst(2).map(\.key))
        #expect(
            api.routes.map(\.authorizer) == [
                WebSocketAPI.RequestAuthorizer(
                    logicalID: "ConnectAuthorizer",
                    function: "Authorize",
                    identitySources: []
                ),
                nil, nil, nil, nil, nil,
            ]
        )
        #expect(api.routes.last?.integration == .function(logicalID: "ReadMessages", timeout: 29_000))
    }

    @Test func ownHTTPAPIChecksTokensOnEveryRoute() throws {
        let api = try #require(try own().httpAPIs.first)
        #expect(
            api.routes.map(\.key) == [
                "POST /conversation", "GET /conversations/{conversationId}", "GET /conversations",
                "GET /conversations/{conversationId}/messages", "GET /conversations/{conversationId}/participants",
                "GET /conversation/direct/{userId}", "POST /files",
            ]
        )
        let authorizer = HTTPAPI.Authorizer.jwt(
            HTTPAPI.Authorizer.JWT(
                name: "Token",
                issuer: "http://127.0.0.1:3000/_local",
                audience: [],
                identitySource: "$request.header.Authorization",
                scopes: []
            )
        )
        #expect(api.routes.allSatisfy { $0.authorizer == authorizer && $0.payloadFormatVersion == "2.0" })
        #expect(api.cors?.allowOrigins == ["*"])
        #expect(api.stage.name == "$default")
    }

    @Test func ownFilesAreReadWithACredentialOnly() throws {
        let api = try #require(try own().httpAPIs.last)
        #expect(api.routes.map(\.key) == ["GET /files/{fileId}", "HEAD /files/{fileId}"])
        for route in api.routes {
            guard case .request(let authorizer) = route.authorizer else {
                Issue.record("no authorizer")
                continue
            }
            #expect(authorizer.function == "FileProxyViewer")
            #expect(authorizer.identitySources == ["$request.querystring.s"])
            #expect(authorizer.enablesSimpleResponses)
            #expect(authorizer.resultTimeToLive == 0)
        }
    }

    @Test func ownUploadsReachTheirFunctionThroughAQueue() throws {
        let application = try own()
        let queue = try #require(application.queues.first { $0.logicalID == "UploadQueue" })
        let bucket = try #require(application.buckets.first { $0.logicalID == "FilesBucket" })
        #expect(bucket.notifications.map(\.destination) == [queue.arn])
        #expect(application.eventSourceMappings.map(\.queue) == [queue.arn])
        #expect(application.schedules.count == 1)
    }

    @Test func ownSchemaIsMigratedByACustomResource() throws {
        let schema = try #require(try own().customResources.first)
        #expect(schema.type == "Custom::Schema")
        #expect(schema.function == "MigrateSchema")
        #expect(schema.properties.contains(#""Version":"2""#))
    }

    @Test func ownOutputsAreLocalAddresses() throws {
        #expect(
            try own().outputs == [
                "WebSocketUrl": "ws://127.0.0.1:3000/live", "HttpUrl": "http://127.0.0.1:3000",
                "FilesUrl": "http://127.0.0.1:3000/Files/files", "FilesBucketName": "local-filesbucket",
            ]
        )
    }

    // MARK: Other people's

    @Test func tutorialIsReadWithSAMsWebSocketAPI() throws {
        let application = try fixture("tutorial.yaml", ["Stage": "dev"])
        let api = try #require(application.webSocketAPIs.first)
        #expect(api.stage.name == "dev")
        #expect(api.routes.map(\.key) == ["$connect", "$disconnect", "sendmessage"])
        #expect(api.routes.map(\.returnsResponse) == [false, false, true])
        #expect(api.routes[2].integration == .function(logicalID: "SendMessage", timeout: 10_000))
        #expect(
            api.routes[0].authorizer
                == WebSocketAPI.RequestAuthorizer(
                    logicalID: "ChatApiConnectAuthorizer",
                    function: "Authorize",
                    identitySources: ["route.request.querystring.token"]
                )
        )
        let send = try #require(application.functions.first { $0.logicalID == "SendMessage" })
        #expect(send.codeURI == "functions/send/")
        #expect(send.handler == "bootstrap")
        #expect(send.timeout == 5)
        #expect(send.memorySize == 256)
        #expect(send.reservedConcurrency == 3)
        #expect(send.environment == ["TABLE": "ConnectionsTable", "ENDPOINT": "http://127.0.0.1:3000/dev"])
        #expect(application.outputs == ["Url": "ws://127.0.0.1:3000/dev"])
        #expect(
            application.unsupported
                == [.init(logicalID: "ConnectionsTable", type: "AWS::Serverless::SimpleTable", detail: nil)]
        )
    }

    @Test func cloudFormationInJSONIsRead() throws {
        let application = try fixture("cloudformation.json")
        let function = try #require(application.functions.first)
        #expect(function.name == "echo-test")
        #expect(function.arn == "arn:aws:lambda:us-east-1:123456789012:function:echo-test")
        #expect(function.codeURI == "echo")
        #expect(function.timeout == 7)
        #expect(function.memorySize == 128)
        #expect(function.reservedConcurrency == 2)
        #expect(function.environment == ["DEBUG": "true"])

        let sockets = try #require(application.webSocketAPIs.first)
        #expect(sockets.routeSelectionExpression == "$request.body.type")
        #expect(sockets.stage.variables == ["colour": "blue"])
        #expect(sockets.stage.throttlingRateLimit == 100.5)
        #expect(sockets.stage.throttlingBurstLimit == 50)
        #expect(sockets.routes.count == 1)
        #expect(sockets.routes[0].returnsResponse)
        #expect(sockets.routes[0].integration == .function(logicalID: "Echo", timeout: 29_000))

        let web = try #require(application.httpAPIs.first)
        #expect(web.cors?.allowOrigins == ["https://one.example", "https://two.example"])
        #expect(web.cors?.allowMethods == ["GET"])
        #expect(web.cors?.maxAge == 300)
        #expect(web.routes.map(\.key) == ["GET /things/{thing+}"])
        #expect(web.routes[0].payloadFormatVersion == "2.0")
        #expect(web.routes[0].integration == .function(logicalID: "Echo", timeout: 4_000))
        #expect(
            web.routes[0].authorizer
                == .jwt(
                    HTTPAPI.Authorizer.JWT(
                        name: "tokens",
                        issuer: "https://issuer.example",
                        audience: ["web"],
                        identitySource: "$request.header.Authorization",
                        scopes: ["things.read"]
                    )
                )
        )
        #expect(application.unsupported == [])
        #expect(application.queues.map(\.name) == ["Queue"])
        #expect(
            application.outputs == [
                "Sockets": "ws://127.0.0.1:3000", "Web": "http://127.0.0.1:3000",
                "Queue": "http://127.0.0.1:3001/123456789012/Queue",
            ]
        )
    }

    @Test func cloudFormationFollowsItsParameters() throws {
        let application = try fixture("cloudformation.json", ["Environment": "production"])
        #expect(application.functions[0].reservedConcurrency == 50)
        #expect(application.functions[0].environment == [:])
        #expect(application.outputs["Secret"] == "hidden")
    }
}
