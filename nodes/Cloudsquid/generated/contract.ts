/** Made from `contract/openapi.yaml` by `npm run contract`: change it there. */
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
         * @description All projects of the organisation, as a bare array. Later paths take the `name`, not the `id`.
         *
         *     The page has no parameters and shows no paging; status codes and errors are not on it. API keys belong to a
         *     project, so what this call answers about other projects than the key's own is not documented.
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
         * Upload a document into a table
         * @description Makes a row of the extraction table out of the document and answers its ID. Nothing is read yet; that takes a
         *     run.
         *
         *     The page was seen in part: of the body only `mimetype` is visible on it. That the other three fields are
         *     required here too is inferred from the extract and file-by-path pages, which use the same schema. Status codes
         *     and errors were not seen. The guide to asynchronous runs explains `file_type`.
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
         * Start a run of a row
         * @description Queues the reading of one row and answers at once. The run then goes from `pending` through `running` to `done`
         *     or `error`. Which pipeline reads the document is a setting of the table.
         *
         *     The page is complete, but prints no status code (202 is inferred from the older API) and no errors. Whether a
         *     row may be run twice is not documented.
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
                /** @description The ID that starting the run answered. */
                run_id: components["parameters"]["RunId"];
            };
            cookie?: never;
        };
        /**
         * Get the state and result of a run
         * @description To be asked every 2 to 5 seconds until the status is `done` or `error`.
         *
         *     Two versions of this page exist. The one taken to be newer answers a data row; its list of fields was seen in
         *     part, so the fields come from its example. The one taken to be older answers `{status, result}` and knows no
         *     `pending`. A client has to accept both. Status codes and errors are not documented; nor is what `data` holds
         *     before a run is done, what tells why a run failed, and what is left to read after a run with zero retention.
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
         * Extract a document in one call
         * @description Uploads and reads a document while the connection stays open. Advised for documents that are usually done
         *     within 60 seconds; the time after which the server gives up is not documented.
         *
         *     Two versions of this page exist: the example of one lacks `status`, that of the other holds `running`. Both look
         *     like generated samples, so the status of this answer is not to be relied on. There is no `zero_retention` here.
         *     Status codes and errors were not seen.
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
         * Reconcile data in one call
         * @description Has the agent of a reconcile table compare `data`, the rows in `files`, or both with the reference data of the
         *     storage table that goes with it, and stays open until the agent is done.
         *
         *     The page was seen up to its answer 401; more answers may be declared after it.
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
         * @description Creates a task of a reconcile table without running it.
         *
         *     There is no reference page; the guide to table types says this much, and then to run the task asynchronously
         *     "with row_id from a task". That the `task_id` is that `row_id` is not documented. Status codes and errors were
         *     not seen.
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
         * Change how a table reads its documents
         * @description There is no reference page; the guide to pipelines shows a sample with all three fields. Which of them are
         *     required, what is answered, and with which status codes is not documented.
         */
        patch: operations["updateExtractionSettings"];
        trace?: never;
    };
    "/projects/{project_name}/files": {
        parameters: {
            query: {
                /** @description An absolute path inside the project. The leading slash may be left out; `..` is not allowed. */
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
         * Read a path of the project's file store
         * @description A file, with an address to download it from, or a folder with what is directly in it. The field `ftype` tells
         *     which. The page is complete; it has no errors and shows no paging.
         */
        get: operations["readPath"];
        /**
         * Upload a file to a path of the project's file store
         * @description Folders that are missing on the way are made. A file that exists is never overwritten; the page says to delete
         *     it first, but no page on deleting was found. How such a file reaches a table is not documented.
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
        /** @description The fields come from an example; that all are always there is inferred. */
        Project: {
            /** Format: uuid */
            id: string;
            /** @description What later paths call `project_name`. */
            name: string;
            /** Format: date-time */
            created_at: string;
        };
        /**
         * @description The whole documented list. How another type is refused is not documented.
         * @enum {string}
         */
        MimeType: "application/pdf" | "application/json" | "image/jpg" | "image/jpeg" | "image/png" | "text/csv" | "text/plain" | "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" | "application/vnd.ms-excel" | "video/mp4" | "audio/mp3" | "audio/wav" | "audio/ogg" | "multipart/related" | "message/rfc822";
        /**
         * @description What `file` holds: the content in base64 (`binary`), a signed address that Cloudsquid fetches (`uri`), or an
         *     array of the parts of an email (`multipart`).
         * @enum {string}
         */
        FileType: "uri" | "binary" | "multipart";
        /** @description All four fields are visible on the extract page only; the page on files by path calls this schema the same. */
        Document: {
            mimetype: components["schemas"]["MimeType"];
            filename: string;
            file_type: components["schemas"]["FileType"];
            /**
             * @description See `file_type`. The page shows a choice of types without naming them, so the two here are inferred from the
             *     guide to asynchronous runs. The structure of a part is not documented.
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
             * @description The row to read.
             */
            row_id: string;
            /** @description Extract without keeping intermediate results. False unless given. */
            zero_retention?: boolean;
        };
        StartedRun: {
            /** Format: uuid */
            run_id: string;
        };
        /**
         * @description The documented states. Whether there are others, such as one for awaiting a review, is not documented; a client
         *     should take any state but `done` and `error` as still running.
         * @enum {string}
         */
        RunStatus: "pending" | "running" | "done" | "error";
        /** @description One of the documented states, or one that is not documented. */
        AnyStatus: components["schemas"]["RunStatus"] | string;
        /**
         * @description One value, or an array of values, for each key. The shape with bounding boxes and that of nested fields is not
         *     documented, so a value is anything here.
         */
        Data: {
            [key: string]: unknown;
        } | null;
        /** @description From an example; which fields are required was not seen. */
        Review: {
            comment?: string;
            reviewed_by?: string;
            /** Format: date-time */
            review_date?: string;
            approved?: boolean;
        };
        /**
         * @description One row of a table. Version A of the extract page calls `data`, `created_at` and `row_id` required and was not
         *     seen further. `data` is optional here because whether it is null, empty or absent before a run is done, and
         *     after it failed, is not documented. The other fields come from examples.
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
         * @description What the page on getting a run says in the version taken to be older. Its status is one of `running`, `done` and
         *     `error`.
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
         * @description What a reconcile agent works on: `data`, `files`, or both. Which fields are required was not seen, and what
         *     happens when neither is given is not documented.
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
            /** @description One of the documented pipelines, or one that came later. */
            active_pipeline?: components["schemas"]["Pipeline"] | string;
            /** @description Adds to each value where it was found, which is slower. The shape is not documented. */
            bounding_boxes?: boolean;
            /** @description Rows wait for the approval of a person. */
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
             * @description A presigned address to download the file from, good for 15 minutes. In the example it is on another host
             *     than the API.
             */
            url?: string;
        };
        Folder: {
            /** @enum {string} */
            ftype: "folder";
            name: string;
            /** @description What is directly in the folder. A folder in a folder comes without entries in the example. */
            entries?: components["schemas"]["FileOrFolder"][];
        };
        /** @description The page lists `file` and `folder` as the values of `ftype` and tells the two apart by it. */
        FileOrFolder: components["schemas"]["File"] | components["schemas"]["Folder"];
        /**
         * @description Named on the reconcile page, but not seen there. That it holds an `errorMessage`, as in the older API, is
         *     inferred.
         */
        Error: {
            errorMessage?: string;
        };
    };
    responses: {
        /** @description Any other answer is not documented, neither its status code nor its body. */
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
        /** @description The ID that starting the run answered. */
        RunId: string;
        /** @description An absolute path inside the project. The leading slash may be left out; `..` is not allowed. */
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
            /** @description The row was made. The exact status code is not documented. */
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
                /** @description The ID that starting the run answered. */
                run_id: components["parameters"]["RunId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The state of the run. The exact status code is not documented. */
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
            /** @description The document was read. The exact status code is not documented. */
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
            /** @description The API key is missing or wrong. */
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
                /** @description An absolute path inside the project. The leading slash may be left out; `..` is not allowed. */
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
                /** @description An absolute path inside the project. The leading slash may be left out; `..` is not allowed. */
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
            /** @description There is a file at this path. The body is not documented. */
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
