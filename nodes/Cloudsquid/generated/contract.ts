/** Generated from `contract/openapi.yaml` by `npm run contract`. Edit that file instead. */
export interface paths {
    "/projects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List projects
         * @description Returns all projects of the organization as an array. Other paths use the `name` of a project, not its `id`.
         *
         *     The page lists no parameters, pagination, status codes, or errors. Although API keys belong to a project, it is
         *     not documented whether the response includes other projects.
         */
        get: operations["listProjects"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/projects/{project_name}/tables/{table_id}/files": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The name of the project, not its ID. That it must be URL-encoded is inferred. */
                project_name: components["parameters"]["ProjectName"];
                /** @description The ID of the table. No endpoint that lists tables is documented. */
                table_id: components["parameters"]["TableId"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Upload a document to a table
         * @description Creates a row for the document in the extraction table and returns the row ID. The data is not extracted until
         *     a run is started.
         *
         *     Only part of the page was seen: it shows only the `mimetype` field of the body. That the other three fields are
         *     also required is inferred from the pages for extracting a document and for uploading to a path, which use the
         *     same schema. Status codes and errors were not seen. The guide to asynchronous runs explains `file_type`.
         */
        post: operations["uploadFile"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/projects/{project_name}/tables/{table_id}/run": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The name of the project, not its ID. That it must be URL-encoded is inferred. */
                project_name: components["parameters"]["ProjectName"];
                /** @description The ID of the table. No endpoint that lists tables is documented. */
                table_id: components["parameters"]["TableId"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Start a run for a row
         * @description Queues the extraction of one row and returns immediately. The status of the run changes from `pending` to
         *     `running`, and then to `done` or `error`. The table's settings determine which pipeline extracts the document.
         *
         *     The page is complete, but lists no status code (202 is inferred from the older API) and no errors. Whether a row
         *     can be run more than once is not documented.
         */
        post: operations["startRun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/projects/{project_name}/tables/{table_id}/run/{run_id}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The name of the project, not its ID. That it must be URL-encoded is inferred. */
                project_name: components["parameters"]["ProjectName"];
                /** @description The ID of the table. No endpoint that lists tables is documented. */
                table_id: components["parameters"]["TableId"];
                /** @description The ID that was returned when the run was started. */
                run_id: components["parameters"]["RunId"];
            };
            cookie?: never;
        };
        /**
         * Get the status and result of a run
         * @description Clients poll this endpoint every 2 to 5 seconds until the status is `done` or `error`.
         *
         *     Two versions of this page exist. The presumably newer version returns a data row. Only part of its list of
         *     fields was seen, so the fields come from its example. The presumably older version returns `{status, result}`
         *     and doesn't list `pending`. Clients must accept both. Status codes and errors are not documented. Neither is
         *     what `data` contains before a run is done, how the reason for a failed run is reported, or what can still be
         *     retrieved after a run with zero retention.
         */
        get: operations["getRun"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/projects/{project_name}/tables/{table_id}/extract": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The name of the project, not its ID. That it must be URL-encoded is inferred. */
                project_name: components["parameters"]["ProjectName"];
                /** @description The ID of the table. No endpoint that lists tables is documented. */
                table_id: components["parameters"]["TableId"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Extract a document in one request
         * @description Uploads a document and extracts its data while the connection stays open. Recommended for documents that
         *     usually take less than 60 seconds. The server's timeout is not documented.
         *
         *     Two versions of this page exist. In the example of one version, `status` is missing; in the other, it is
         *     `running`. Both examples look generated, so clients must not rely on the status in this response. This endpoint
         *     has no `zero_retention`. Status codes and errors were not seen.
         */
        post: operations["extractFile"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/projects/{project_name}/tables/{table_id}/reconcile": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The name of the project, not its ID. That it must be URL-encoded is inferred. */
                project_name: components["parameters"]["ProjectName"];
                /** @description The ID of the table. No endpoint that lists tables is documented. */
                table_id: components["parameters"]["TableId"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Reconcile data in one request
         * @description The agent of a reconcile table compares `data`, the rows in `files`, or both with the reference data of the
         *     associated storage table. The request stays open until the agent is done.
         *
         *     The page was seen up to the 401 response; it may list more responses after that.
         */
        post: operations["reconcile"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/projects/{project_name}/tables/{table_id}/tasks": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The name of the project, not its ID. That it must be URL-encoded is inferred. */
                project_name: components["parameters"]["ProjectName"];
                /** @description The ID of the table. No endpoint that lists tables is documented. */
                table_id: components["parameters"]["TableId"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create a reconcile task
         * @description Creates a task in a reconcile table without running it.
         *
         *     There is no reference page. The guide to table types says no more than this, except that the task is then run
         *     asynchronously "with row_id from a task". Whether the `task_id` is that `row_id` is not documented. Status codes
         *     and errors were not seen.
         */
        post: operations["createTask"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/projects/{project_name}/tables/{table_id}/extraction-settings": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The name of the project, not its ID. That it must be URL-encoded is inferred. */
                project_name: components["parameters"]["ProjectName"];
                /** @description The ID of the table. No endpoint that lists tables is documented. */
                table_id: components["parameters"]["TableId"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Update the extraction settings of a table
         * @description There is no reference page. The guide to pipelines shows an example with all three fields. Which of them are
         *     required, what the response contains, and which status codes it can have are not documented.
         */
        patch: operations["updateExtractionSettings"];
        trace?: never;
    };
    "/projects/{project_name}/files": {
        parameters: {
            query: {
                /** @description An absolute path inside the project. The leading slash is optional; `..` is not allowed. */
                path: components["parameters"]["Path"];
            };
            header?: never;
            path: {
                /** @description The name of the project, not its ID. That it must be URL-encoded is inferred. */
                project_name: components["parameters"]["ProjectName"];
            };
            cookie?: never;
        };
        /**
         * Get a file or folder of the project
         * @description Returns a file with a download URL, or a folder with its direct contents. The `ftype` field shows which of the
         *     two it is. The page is complete, but lists no errors and no pagination.
         */
        get: operations["readPath"];
        /**
         * Upload a file to a path of the project
         * @description Creates missing folders. Never overwrites an existing file: the page says to delete it first, but no page about
         *     deleting files was found. How such a file can be added to a table is not documented.
         */
        put: operations["uploadToPath"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description The fields come from an example. That all of them are always present is inferred. */
        Project: {
            /** Format: uuid */
            id: string;
            /** @description Other paths call this `project_name`. */
            name: string;
            /** Format: date-time */
            created_at: string;
        };
        /**
         * @description The complete documented list. How the API rejects other types is not documented.
         * @enum {string}
         */
        MimeType: "application/pdf" | "application/json" | "image/jpg" | "image/jpeg" | "image/png" | "text/csv" | "text/plain" | "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" | "application/vnd.ms-excel" | "video/mp4" | "audio/mp3" | "audio/wav" | "audio/ogg" | "multipart/related" | "message/rfc822";
        /**
         * @description What `file` contains: the content in base64 (`binary`), a presigned URL that Cloudsquid downloads from (`uri`),
         *     or an array with the parts of an email (`multipart`).
         * @enum {string}
         */
        FileType: "uri" | "binary" | "multipart";
        /**
         * @description Only the extract page shows all four fields. The page about uploading to a path uses the same name for this
         *     schema.
         */
        Document: {
            mimetype: components["schemas"]["MimeType"];
            filename: string;
            file_type: components["schemas"]["FileType"];
            /**
             * @description See `file_type`. The page shows that there are several types but doesn't name them, so the two types here
             *     are inferred from the guide to asynchronous runs. The structure of a part is not documented.
             */
            file: string | unknown[];
        };
        UploadedRow: {
            /** Format: uuid */
            row_id: string;
        };
        RunRequest: {
            /**
             * Format: uuid
             * @description The row to extract.
             */
            row_id: string;
            /** @description Whether to extract without persisting intermediate results. False by default. */
            zero_retention?: boolean;
        };
        StartedRun: {
            /** Format: uuid */
            run_id: string;
        };
        /**
         * @description The documented statuses. Whether there are others, for example for a pending review, is not documented. Clients
         *     should treat any status other than `done` and `error` as still running.
         * @enum {string}
         */
        RunStatus: "pending" | "running" | "done" | "error";
        /** @description One of the documented statuses, or an undocumented one. */
        AnyStatus: components["schemas"]["RunStatus"] | string;
        /**
         * @description A value or an array of values for each key. The structure of bounding boxes and of nested fields is not
         *     documented, so values can be of any type here.
         */
        Data: {
            [key: string]: unknown;
        } | null;
        /** @description The fields come from an example. Which of them are required was not seen. */
        Review: {
            comment?: string;
            reviewed_by?: string;
            /** Format: date-time */
            review_date?: string;
            approved?: boolean;
        };
        /**
         * @description A row of a table. Version A of the extract page lists `data`, `created_at`, and `row_id` as required; the rest
         *     of it was not seen. `data` is optional here because it is not documented whether it is null, empty, or missing
         *     before a run is done and after a run has failed. The other fields come from examples.
         */
        DataRow: {
            data?: components["schemas"]["Data"];
            /** Format: date-time */
            created_at: string;
            /** Format: uuid */
            row_id: string;
            reasoning?: string;
            review?: components["schemas"]["Review"];
            status?: components["schemas"]["AnyStatus"];
            input?: components["schemas"]["AgentJobInput"];
        };
        /**
         * @description The response on the presumably older version of the page about getting a run. Its status is `running`, `done`,
         *     or `error`.
         */
        OlderRunAnswer: {
            status: components["schemas"]["AnyStatus"];
            result?: components["schemas"]["Data"];
        };
        RunAnswer: components["schemas"]["DataRow"] | components["schemas"]["OlderRunAnswer"];
        /** @description A row of an extraction table. That `id` is required is inferred. */
        RowReference: {
            /** Format: uuid */
            id: string;
        };
        /**
         * @description The input of a reconcile agent: `data`, `files`, or both. Which fields are required was not seen. What happens
         *     if both are missing is not documented.
         */
        AgentJobInput: {
            /** @description Any JSON object. */
            data?: {
                [key: string]: unknown;
            };
            files?: components["schemas"]["RowReference"][];
        };
        CreatedTask: {
            /** @description Its format is not documented. */
            task_id: string;
        };
        /**
         * @description The documented pipelines. `cloudsquid-flash-v3` is the recommended one.
         * @enum {string}
         */
        Pipeline: "cloudsquid-flash" | "cloudsquid-flash-v3" | "cloudsquid-pro-v2" | "cloudsquid-pro-v3";
        ExtractionSettings: {
            /** @description One of the documented pipelines, or a newer one. */
            active_pipeline?: components["schemas"]["Pipeline"] | string;
            /** @description Whether to return the position of each value in the document, which is slower. The structure is not documented. */
            bounding_boxes?: boolean;
            /** @description Whether rows wait for approval by a person. */
            review_mode?: boolean;
        };
        File: {
            /** @enum {string} */
            ftype: "file";
            name: string;
            /** @description In bytes. */
            size?: number;
            mimetype?: string;
            /** Format: date-time */
            modified_at?: string;
            /**
             * Format: uri
             * @description A presigned URL to download the file, valid for 15 minutes. In the example, its host is not that of the
             *     API.
             */
            url?: string;
        };
        Folder: {
            /** @enum {string} */
            ftype: "folder";
            name: string;
            /** @description The direct contents of the folder. In the example, a subfolder has no entries. */
            entries?: components["schemas"]["FileOrFolder"][];
        };
        /** @description The page lists `file` and `folder` as the values of `ftype`, which distinguishes the two. */
        FileOrFolder: components["schemas"]["File"] | components["schemas"]["Folder"];
        /**
         * @description The reconcile page mentions this schema, but its fields were not seen. That it contains an `errorMessage`, as in
         *     the older API, is inferred.
         */
        Error: {
            errorMessage?: string;
        };
    };
    responses: {
        /** @description No other response is documented, neither its status code nor its body. */
        NotDocumented: {
            headers: {
                [name: string]: unknown;
            };
            content?: never;
        };
    };
    parameters: {
        /** @description The name of the project, not its ID. That it must be URL-encoded is inferred. */
        ProjectName: string;
        /** @description The ID of the table. No endpoint that lists tables is documented. */
        TableId: string;
        /** @description The ID that was returned when the run was started. */
        RunId: string;
        /** @description An absolute path inside the project. The leading slash is optional; `..` is not allowed. */
        Path: string;
    };
    requestBodies: {
        Document: {
            content: {
                "application/json": components["schemas"]["Document"];
            };
        };
        AgentJob: {
            content: {
                "application/json": components["schemas"]["AgentJobInput"];
            };
        };
    };
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listProjects: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The projects. The exact status code is not documented. */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Project"][];
                };
            };
            default: components["responses"]["NotDocumented"];
        };
    };
    uploadFile: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The name of the project, not its ID. That it must be URL-encoded is inferred. */
                project_name: components["parameters"]["ProjectName"];
                /** @description The ID of the table. No endpoint that lists tables is documented. */
                table_id: components["parameters"]["TableId"];
            };
            cookie?: never;
        };
        requestBody: components["requestBodies"]["Document"];
        responses: {
            /** @description The row was created. The exact status code is not documented. */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UploadedRow"];
                };
            };
            default: components["responses"]["NotDocumented"];
        };
    };
    startRun: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The name of the project, not its ID. That it must be URL-encoded is inferred. */
                project_name: components["parameters"]["ProjectName"];
                /** @description The ID of the table. No endpoint that lists tables is documented. */
                table_id: components["parameters"]["TableId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RunRequest"];
            };
        };
        responses: {
            /** @description The run was queued. The exact status code is not documented. */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StartedRun"];
                };
            };
            default: components["responses"]["NotDocumented"];
        };
    };
    getRun: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The name of the project, not its ID. That it must be URL-encoded is inferred. */
                project_name: components["parameters"]["ProjectName"];
                /** @description The ID of the table. No endpoint that lists tables is documented. */
                table_id: components["parameters"]["TableId"];
                /** @description The ID that was returned when the run was started. */
                run_id: components["parameters"]["RunId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The status of the run. The exact status code is not documented. */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunAnswer"];
                };
            };
            default: components["responses"]["NotDocumented"];
        };
    };
    extractFile: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The name of the project, not its ID. That it must be URL-encoded is inferred. */
                project_name: components["parameters"]["ProjectName"];
                /** @description The ID of the table. No endpoint that lists tables is documented. */
                table_id: components["parameters"]["TableId"];
            };
            cookie?: never;
        };
        requestBody: components["requestBodies"]["Document"];
        responses: {
            /** @description The data was extracted. The exact status code is not documented. */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DataRow"];
                };
            };
            default: components["responses"]["NotDocumented"];
        };
    };
    reconcile: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The name of the project, not its ID. That it must be URL-encoded is inferred. */
                project_name: components["parameters"]["ProjectName"];
                /** @description The ID of the table. No endpoint that lists tables is documented. */
                table_id: components["parameters"]["TableId"];
            };
            cookie?: never;
        };
        requestBody: components["requestBodies"]["AgentJob"];
        responses: {
            /** @description The data was reconciled. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DataRow"];
                };
            };
            /** @description The request is malformed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or invalid. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            default: components["responses"]["NotDocumented"];
        };
    };
    createTask: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The name of the project, not its ID. That it must be URL-encoded is inferred. */
                project_name: components["parameters"]["ProjectName"];
                /** @description The ID of the table. No endpoint that lists tables is documented. */
                table_id: components["parameters"]["TableId"];
            };
            cookie?: never;
        };
        requestBody: components["requestBodies"]["AgentJob"];
        responses: {
            /** @description The task was created. The exact status code is not documented. */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedTask"];
                };
            };
            default: components["responses"]["NotDocumented"];
        };
    };
    updateExtractionSettings: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The name of the project, not its ID. That it must be URL-encoded is inferred. */
                project_name: components["parameters"]["ProjectName"];
                /** @description The ID of the table. No endpoint that lists tables is documented. */
                table_id: components["parameters"]["TableId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ExtractionSettings"];
            };
        };
        responses: {
            /** @description The settings were changed. Neither the status code nor the body is documented. */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["NotDocumented"];
        };
    };
    readPath: {
        parameters: {
            query: {
                /** @description An absolute path inside the project. The leading slash is optional; `..` is not allowed. */
                path: components["parameters"]["Path"];
            };
            header?: never;
            path: {
                /** @description The name of the project, not its ID. That it must be URL-encoded is inferred. */
                project_name: components["parameters"]["ProjectName"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file or folder. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FileOrFolder"];
                };
            };
            default: components["responses"]["NotDocumented"];
        };
    };
    uploadToPath: {
        parameters: {
            query: {
                /** @description An absolute path inside the project. The leading slash is optional; `..` is not allowed. */
                path: components["parameters"]["Path"];
            };
            header?: never;
            path: {
                /** @description The name of the project, not its ID. That it must be URL-encoded is inferred. */
                project_name: components["parameters"]["ProjectName"];
            };
            cookie?: never;
        };
        requestBody: components["requestBodies"]["Document"];
        responses: {
            /** @description The file was stored. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["File"];
                };
            };
            /** @description A file already exists at this path. The body is not documented. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["NotDocumented"];
        };
    };
}
