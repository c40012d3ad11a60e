import FoundationEssentials
import SAMTemplate
import Testing

/// template.yaml against the manifest and the folders of the functions.
@Suite("The project's template")
struct ProjectTemplateTests {
    private func application() throws -> Application {
        let reader = try TemplateReader(contentsOf: projectFile("template.yaml"))
        #expect(
            reader.localMetadata.parameters == [
                "IdentityIssuer": "local:issuer", "DatabaseUrl": "local:database-url",
                "FunctionDatabaseUrl": "local:function-database-url", "RedisUrl": "local:redis-url",
                "AllowedOrigins": "*", "FileCredentialSecrets": "local:secret", "FileDelivery": "direct",
                "FileConcurrency": "4",
            ]
        )
        return try reader.application(settings(reader))
    }

    /// LocalRuntime's values for the parameters.
    private func settings(_ reader: TemplateReader) -> ResolutionSettings {
        var settings = ResolutionSettings()
        let local = [
            "local:issuer": "http://127.0.0.1:3000/_local", "local:database-url": "postgresql://owner@host/app",
            "local:function-database-url": "postgresql://functions@host/app", "local:redis-url": "unix:///redis.sock",
        ]
        settings.parameters = reader.localMetadata.parameters.mapValues { local[$0] ?? $0 }
        return settings
    }

    /// The functions in Package.swift's table: the last components of their folders.
    private func functionsOfManifest() throws -> Set<String> {
        let manifest = try String(contentsOf: projectFile("Package.swift"), encoding: .utf8)
        return Set(manifest.matches(of: /\n    function\("\w+\/(\w+)"/).map { String($0.1) })
    }

    @Test func everythingIsEmulated() throws {
        for notice in try application().unsupported {
            Issue.record("template.yaml: \(notice.logicalID) (\(notice.type)) is not emulated: \(notice.detail ?? "")")
        }
    }

    @Test func everyFunctionOfTheManifestIsDeployed() throws {
        let declared = Set(try application().functions.map(\.logicalID))
        let functions = try functionsOfManifest()
        for name in functions.subtracting(declared).sorted() {
            Issue.record("Package.swift has the function \(name), which template.yaml does not declare.")
        }
        for name in declared.subtracting(functions).sorted() {
            Issue.record("template.yaml declares the function \(name), which Package.swift does not have.")
        }
    }

    @Test func everyFunctionRunsItsOwnExecutable() throws {
        for function in try application().functions {
            let place = "template.yaml, Resources.\(function.logicalID)"
            #expect(function.handler == function.logicalID, "\(place): Handler is the function's name")
            #expect(function.runtime == "provided.al2023", "\(place): Runtime")
            #expect(function.codeURI == ".", "\(place): CodeUri")
            #expect(function.environment["LOG_LEVEL"] == "info", "\(place): LOG_LEVEL")
        }
    }

    @Test func everyFunctionIsInvoked() throws {
        let application = try application()
        for function in application.functions where !application.invokes(function) {
            Issue.record(
                "template.yaml: nothing invokes \(function.logicalID): it has no route, event, schedule or custom resource."
            )
        }
    }

    @Test func functionsReceiveOnlyTheEnvironmentTheyNeed() throws {
        let functions = try application().functions
        func names(_ logicalID: String) -> Set<String> {
            Set(functions.first { $0.logicalID == logicalID }?.environment.keys.map(\.self) ?? [])
        }
        let all: Set = ["LOG_LEVEL", "DEPLOYMENT_GENERATION"]
        #expect(names("DefaultRoute") == all)
        #expect(names("Disconnect") == all.union(["REDIS_URL"]))
        let rates = all.union(["REDIS_URL", "RATE_LIMITS"])
        #expect(names("Heartbeat") == rates)
        #expect(names("Connect") == rates.union(["CONNECTIONS_PER_USER"]))
        let credentials: Set = ["FILE_CREDENTIAL_SECRETS", "FILE_CREDENTIAL_LIFETIME"]
        let urls = credentials.union(["FILES_URL"])
        #expect(names("SendMessage") == urls.union(rates).union(["DATABASE_URL"]))
        #expect(names("ListMessages") == urls.union(rates).union(["DATABASE_URL", "IDENTITY_USER_CLAIM"]))
        let uploads = all.union(["DATABASE_URL", "FILES_BUCKET"])
        let limits: Set = ["FILE_LIMIT_COUNT", "FILE_LIMIT_BYTES", "FILE_LIMIT_SIZE", "FILE_LIMIT_WINDOW"]
        #expect(names("CreateFile") == uploads.union(limits).union(rates).union(["IDENTITY_USER_CLAIM"]))
        #expect(names("ConfirmUpload") == uploads)
        #expect(names("SweepFiles") == uploads)
        #expect(names("FileProxyViewer") == all.union(credentials))
        #expect(names("FileProxyOrigin") == all.union(credentials).union(["FILES_BUCKET", "VARIANTS_BUCKET"]))
        let identity: Set = ["IDENTITY_ISSUER", "IDENTITY_AUDIENCE", "IDENTITY_JWKS_URL", "IDENTITY_USER_CLAIM"]
        #expect(names("Authorize") == all.union(identity))
        #expect(names("Authenticate") == identity.union(rates))
        let databases: Set = ["DATABASE_URL", "FUNCTION_DATABASE_URL", "DATABASE_SERVER_IS_OWN"]
        #expect(names("MigrateSchema") == all.union(databases))
    }

    /// A function that is taken over cannot change the schema: only the migration has the owner's URL.
    @Test func onlyTheMigrationIsTheOwnerOfTheDatabase() throws {
        for function in try application().functions {
            let usesDatabase = function.environment["DATABASE_URL"] != nil
            let expected =
                function.logicalID == "MigrateSchema"
                ? "postgresql://owner@host/app" : "postgresql://functions@host/app"
            if usesDatabase { #expect(function.environment["DATABASE_URL"] == expected, "\(function.logicalID)") }
        }
    }

    // MARK: APIs

    @Test func theWebSocketAPIAuthorizesConnections() throws {
        let api = try #require(try application().webSocketAPIs.first)
        #expect(api.logicalID == "WebSocketApi")
        #expect(api.stage.name == "live")
        #expect(api.routeSelectionExpression == "$request.body.action")
        let connect = try #require(api.routes.first { $0.key == "$connect" })
        #expect(
            connect.authorizer
                == WebSocketAPI.RequestAuthorizer(
                    logicalID: "ConnectAuthorizer",
                    function: "Authorize",
                    identitySources: []
                )
        )
    }

    /// API Gateway requires every source, so that a parameter has to choose one.
    @Test(arguments: [
        ("any", []), ("header", ["route.request.header.Authorization"]),
        ("query", ["route.request.querystring.Authorization"]),
    ])
    func aParameterNamesTheTokensPlace(source: String, expected: [String]) throws {
        let api = try #require(try resolved("ConnectTokenSource", source).webSocketAPIs.first)
        #expect(api.routes.first { $0.key == "$connect" }?.authorizer?.identitySources == expected)
    }

    @Test(arguments: [
        ("IdentityIssuer", "http://issuer.example.com"),
        ("IdentityIssuer", "https://issuer.example.com/.well-known/openid-configuration"),
        ("IdentityIssuer", "issuer.example.com"), ("IdentityIssuer", "https://issuer.example.com/?a=b"),
        ("IdentityIssuer", "https://issuer.example.com/ "), ("IdentityAudience", "one two"),
        ("AllowedOrigins", "https://a.example/"), ("AllowedOrigins", "a.example"),
        ("AllowedOrigins", "https://a.example, https://b.example"), ("AllowedOrigins", ""),
        ("DatabaseUrl", "mysql://u:p@h/d"), ("FunctionDatabaseUrl", "db.example.com"), ("RedisUrl", "localhost:6379"),
        ("VpcId", "subnet-0123"), ("VpcSubnetIds", "subnet-01,vpc-02"), ("VpcSecurityGroupIds", "default"),
        ("AlarmTopicArn", "alarms"), ("WebAclArn", "arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/a/b"),
        ("KmsKeyArn", "alias/chat"), ("Standby", "true"), ("UploadConcurrency", "1"), ("SweepSchedule", "1 hour"),
    ])
    func refusesAWrongParameterAtOnce(name: String, value: String) throws {
        #expect(throws: TemplateError.self) { try resolved(name, value) }
    }

    @Test(arguments: [
        ("IdentityIssuer", "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbC123"),
        ("IdentityIssuer", "https://tenant.eu.auth0.com/"),
        ("IdentityIssuer", "https://sso.example.com:8443/realms/chat"),
        ("IdentityAudience", "one,two"), ("AllowedOrigins", "https://a.example,http://localhost:8080"),
        ("AllowedOrigins", "https://*"), ("DatabaseUrl", "postgresql://u:p%40@h:5432/d?sslmode=require"),
        ("DatabaseUrl", "{{resolve:secretsmanager:chat/db:SecretString:url}}"), ("RedisUrl", "rediss://:p@h:6379"),
        ("VpcSubnetIds", "subnet-0a,subnet-0b"), ("AlarmTopicArn", "arn:aws:sns:eu-central-1:123456789012:alarms"),
        ("WebAclArn", "arn:aws:wafv2:us-east-1:123456789012:global/webacl/chat/473e64fd-f30b-4765-81a0-62ad96dd167a"),
        ("KmsKeyArn", "arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
        ("SweepSchedule", "cron(0 3 * * ? *)"), ("Standby", "replica"),
    ])
    func acceptsAParameterThatAWSAccepts(name: String, value: String) throws {
        _ = try resolved(name, value)
    }

    private func resolved(_ parameter: String, _ value: String) throws -> Application {
        let reader = try TemplateReader(contentsOf: projectFile("template.yaml"))
        var settings = settings(reader)
        settings.parameters[parameter] = value
        return try reader.application(settings)
    }

    @Test func everyWebSocketRouteAnswersTheClient() throws {
        let api = try #require(try application().webSocketAPIs.first)
        for route in api.routes where !["$connect", "$disconnect"].contains(route.key) {
            #expect(
                route.returnsResponse,
                "template.yaml: the route \(route.key) has no AWS::ApiGatewayV2::RouteResponse, so that no answer is sent"
            )
            guard case .function(_, 29_000) = route.integration else {
                Issue.record("template.yaml: the route \(route.key) does not call a function")
                continue
            }
        }
    }

    @Test func everyHTTPRouteVerifiesTheToken() throws {
        let api = try #require(try application().httpAPIs.first)
        let authorizer = HTTPAPI.Authorizer.jwt(
            HTTPAPI.Authorizer.JWT(
                name: "Token",
                issuer: "http://127.0.0.1:3000/_local",
                audience: [],
                identitySource: "$request.header.Authorization",
                scopes: []
            )
        )
        for route in api.routes {
            #expect(route.authorizer == authorizer, "template.yaml: the route \(route.key) has another authorizer")
            #expect(route.payloadFormatVersion == "2.0", "template.yaml: the route \(route.key)")
        }
        #expect(api.cors?.allowOrigins == ["*"])
        #expect(api.stage.name == "$default")
    }

    @Test func everyMethodOfAnHTTPRouteIsAllowedAcrossOrigins() throws {
        for api in try application().httpAPIs {
            for route in api.routes {
                #expect(
                    api.cors?.allowMethods.contains(route.method) == true,
                    "template.yaml: AllowMethods of \(api.logicalID) lacks \(route.method), which \(route.key) uses"
                )
            }
        }
    }

    @Test func readingAFileRequiresACredential() throws {
        let api = try #require(try application().httpAPIs.last)
        #expect(api.routes.map(\.key) == ["GET /files/{fileId}", "HEAD /files/{fileId}"])
        for route in api.routes {
            guard case .request(let authorizer) = route.authorizer else {
                Issue.record("template.yaml: the route \(route.key) has no authorizer")
                continue
            }
            #expect(authorizer.function == "FileProxyViewer")
            #expect(authorizer.identitySources == ["$request.querystring.s"])
            #expect(authorizer.enablesSimpleResponses)
            #expect(authorizer.resultTimeToLive == 0)
        }
    }

    // MARK: Other resources

    @Test func uploadsReachConfirmUploadThroughAQueue() throws {
        let application = try application()
        let queue = try #require(application.queues.first { $0.logicalID == "UploadQueue" })
        let bucket = try #require(application.buckets.first { $0.logicalID == "FilesBucket" })
        #expect(Set(bucket.notifications.map(\.destination)) == [queue.arn])
        #expect(application.eventSourceMappings.first { $0.queue == queue.arn }?.function == "ConfirmUpload")
    }

    @Test func aCustomResourceMigratesTheSchema() throws {
        let schema = try #require(try application().customResources.first { $0.logicalID == "Schema" })
        #expect(schema.type == "Custom::Schema")
        #expect(schema.function == "MigrateSchema")
    }

    @Test func outputsAreLocalAddresses() throws {
        #expect(
            try application().outputs == [
                "WebSocketUrl": "ws://127.0.0.1:3000/live", "HttpUrl": "http://127.0.0.1:3000",
                "FilesUrl": "http://127.0.0.1:3000/Files/files", "FilesBucketName": "local-filesbucket",
            ]
        )
    }

    /// Only AWS creates the data stores, so that LocalRuntime does not read their template.
    @Test func theTemplateOfTheDataStoresIsValid() throws {
        let reader = try TemplateReader(contentsOf: projectFile("template.yaml"))
        var settings = settings(reader)
        settings.parameters["DatabaseUrl"] = ""
        settings.parameters["RedisUrl"] = ""
        let application = try reader.application(settings)
        #expect(application.unsupported.contains { $0.logicalID == "Data.Database" })
        #expect(Set(application.outputs.keys).isSuperset(of: ["DatabaseSecretArn", "CacheSecretArn"]))
    }
}

extension Application {
    fileprivate func invokes(_ function: FunctionResource) -> Bool {
        var invoked: Set<String> = []
        func add(_ integration: Integration?) {
            if case .function(let logicalID, _) = integration { invoked.insert(logicalID) }
        }
        for route in webSocketAPIs.flatMap(\.routes) {
            add(route.integration)
            if let authorizer = route.authorizer { invoked.insert(authorizer.function) }
        }
        for route in httpAPIs.flatMap(\.routes) {
            add(route.integration)
            if case .request(let authorizer) = route.authorizer { invoked.insert(authorizer.function) }
        }
        invoked.formUnion(eventSourceMappings.map(\.function))
        invoked.formUnion(customResources.map(\.function))
        let targets = schedules.map(\.target) + buckets.flatMap(\.notifications).map(\.destination)
        return invoked.contains(function.logicalID) || targets.contains(function.arn)
    }
}
