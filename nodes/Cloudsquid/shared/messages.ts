/**
 * A text that users read: what happened, and how to fix it. `{name}` stands for a value.
 *
 * @see https://docs.n8n.io/integrations/creating-nodes/build/reference/ux-guidelines/
 */
export interface Message {
	message: string;
	description: string;
}

/** What `{name}` stands for in a text. */
type Placeholder<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
	? (Name extends `"${string}` ? never : Name) | Placeholder<Rest>
	: never;

function text<const M extends string, const D extends string>(message: M, description: D) {
	return { message, description };
}

/** Why a request failed. Workflows can branch on these names: they must not change. */
export const failureMessages = {
	badRequest: text('Cloudsquid rejected the request', 'Check the values of this operation.'),
	unauthorized: text(
		'The API key was rejected',
		"Check 'API Key' in the credential. Create keys in the Cloudsquid dashboard under Project Settings → API Keys.",
	),
	forbidden: text(
		'This API key has no access to this project',
		"Each API key belongs to one project. Use a key from the project selected in 'Project', or select the project that the key belongs to.",
	),
	notFound: text(
		"Nothing found at the credential's 'Base URL'",
		'Check the URL in the credential. It usually ends in /api.',
	),
	proxyAuthentication: text(
		'The proxy requires authentication',
		"Check the proxy settings of n8n, or 'Proxy' under 'Request Options'.",
	),
	conflict: text('Conflict with existing data', 'Check what already exists in Cloudsquid.'),
	tooLarge: text(
		'The document is too large for Cloudsquid',
		"Send a smaller file, or set 'Input Source' to 'File URL' or 'Project File'.",
	),
	unsupportedType: text(
		'Cloudsquid does not accept this file type',
		"Check the file, and set 'MIME Type' under Options if the previous node labeled it incorrectly.",
	),
	unprocessable: text(
		'Cloudsquid could not process the values',
		'Check the values of this operation.',
	),
	rateLimited: text(
		'Cloudsquid is receiving too many requests',
		"Lower 'Max Concurrent Requests' or raise 'Max Retries' under Options.",
	),
	serverError: text(
		'Cloudsquid could not handle the request (status {statusCode})',
		'The service is temporarily unavailable. Try again later.',
	),
	unexpectedStatus: text(
		'Cloudsquid returned an unexpected status: {statusCode}',
		'The Cloudsquid API documentation does not describe this response.',
	),
	redirected: text(
		"The 'Base URL' redirects to another address",
		"Enter the final address as 'Base URL' in the credential. Redirects are not followed, because they would send the API key to another server.",
	),
	htmlResponse: text(
		'Received a web page instead of JSON',
		"Check 'Base URL' in the credential, and any proxy between n8n and Cloudsquid.",
	),
	invalidJson: text(
		'The response from Cloudsquid could not be read',
		'The response is incomplete or not valid JSON.',
	),
	emptyResponse: text(
		'Cloudsquid returned an empty response',
		'This operation expects data in the response.',
	),
	responseTooLarge: text(
		'The response from Cloudsquid is too large',
		'The response exceeds 32 MB. View the data in Cloudsquid instead.',
	),
	unexpectedResponse: text(
		'Cloudsquid returned an unexpected response',
		"Check 'Base URL' in the credential: another service may be responding.",
	),
	connectionFailed: text(
		'Could not connect to Cloudsquid',
		"Check that 'Base URL' in the credential is correct and that n8n can reach it.{code}",
	),
	connectionLost: text(
		'The connection to Cloudsquid was lost',
		'Check the network, and any proxy between n8n and Cloudsquid.{code}',
	),
	invalidCertificate: text(
		"The server's certificate is not trusted",
		"Check 'Base URL' in the credential. If you use your own certificate, add it to n8n, or turn on 'Ignore SSL Issues (Insecure)'.{code}",
	),
	timeout: text(
		'Cloudsquid did not respond in time',
		"Try again later, or raise 'Timeout' under 'Request Options'. For a synchronous extraction or a reconciliation, raise 'Max Wait (Seconds)' under Options. For long documents, set 'Mode' to 'Any Document (Asynchronous)'.",
	),
	domainNotAllowed: text(
		'The credential does not allow requests to this domain',
		"Check 'Base URL' and the allowed domains in the credential.",
	),
	fileAccessFailed: text(
		'n8n could not read or write the file',
		'Details: "{reason}" Check that the file still exists and that the disk is not full.',
	),
	requestFailed: text('The request could not be completed', 'Details: "{reason}"'),
	// n8n recognizes a stopped execution by the word "canceled".
	canceled: text(
		'The execution was canceled',
		'Work that has already started may continue in Cloudsquid.',
	),
} as const satisfies Record<string, Message>;

/** What helps if a poll of the trigger fails, which has fewer settings than the operations. */
export const pollDescriptions = {
	badRequest: "Check 'Project' and 'Path'.",
	unprocessable: "Check 'Project' and 'Path'.",
	proxyAuthentication: 'Check the proxy settings of n8n.',
	rateLimited: 'The next poll finds the same files. Poll less often, or watch fewer folders.',
	invalidCertificate:
		"Check 'Base URL' in the credential. If you use your own certificate, add it to n8n.",
	timeout: 'The next poll finds the same files.',
} as const satisfies Partial<Record<keyof typeof failureMessages, string>>;

export type FailureKind = keyof typeof failureMessages;

/** The possible values of `error.kind`. */
export type ErrorKind =
	| FailureKind
	| 'invalidParameter'
	| 'invalidFile'
	| 'runFailed'
	| 'runTimeout'
	| 'downloadFailed'
	| 'unexpected';

/** More specific messages for a failure: 404 and 409 depend on what was requested. */
export const failureVariants = {
	projectNotFound: {
		kind: 'notFound',
		...text(
			"No project named '{project}' found",
			'Select the project from the list, or enter its name exactly as Cloudsquid shows it.',
		),
	},
	resourceNotFound: {
		kind: 'notFound',
		...text(
			'No {resource} found for this {parameters}',
			'Check that the {resource} exists in Cloudsquid and belongs to the selected project.',
		),
	},
	resourceGone: {
		kind: 'notFound',
		...text(
			'The {resource} no longer exists in Cloudsquid',
			'Check the table in Cloudsquid. The {resource} may have been deleted there.',
		),
	},
	tableRejected: {
		kind: 'badRequest',
		...text(
			'Cloudsquid rejected the request',
			"Check 'Table' and the other values. Extraction needs an extraction table, and reconciliation a reconcile table. The row may also belong to another table.",
		),
	},
	fileExists: {
		kind: 'conflict',
		...text(
			"A file already exists at '{path}'",
			"Choose another 'Path', or delete the existing file in Cloudsquid first. The API does not overwrite files.",
		),
	},
} as const satisfies Record<string, Message & { kind: FailureKind }>;

/** How a run or a download can fail. */
export const resultMessages = {
	runFailed: {
		kind: 'runFailed',
		...text("The run ended with the status 'error'", 'Cloudsquid says: "{reason}"'),
	},
	runFailedWithoutReason: {
		kind: 'runFailed',
		...text(
			"The run ended with the status 'error'",
			'Cloudsquid gave no reason. Check the row in Cloudsquid, and the document itself.',
		),
	},
	runTimeout: {
		kind: 'runTimeout',
		...text(
			'The run did not finish within {maxWait} seconds',
			"It continues in Cloudsquid. {lastStatus} To wait longer, raise 'Max Wait (Seconds)' under Options.",
		),
	},
	runStatusUndocumented: {
		kind: 'runTimeout',
		...text(
			"The run did not reach the status 'done' within {maxWait} seconds",
			"Its last status was '{status}', which the Cloudsquid API documentation does not describe. Check the run in Cloudsquid.",
		),
	},
	downloadFailed: {
		kind: 'downloadFailed',
		...text(
			'The file could not be downloaded',
			'{details}. Download links expire after 15 minutes; each attempt used a new link.',
		),
	},
} as const satisfies Record<string, Message & { kind: ErrorKind }>;

function fileText<const M extends string, const D extends string>(message: M, description: D) {
	return { kind: 'invalidFile', ...text(message, description) } as const;
}

/** What is wrong with the values of the parameters, or with the files that they select. */
export const parameterMessages = {
	projectEmpty: text(
		"'Project' is empty",
		"Select a project from the list, or select 'By Name' and enter its name.",
	),
	projectInvalid: text(
		"'Project' cannot be '{project}'",
		'Enter the project name exactly as Cloudsquid shows it.',
	),
	idEmpty: text("'{label}' is empty", '{hint}'),
	idInvalid: text("'{label}' is not a valid ID: '{value}'", '{hint}'),
	filesInvalid: text("'Files' contains an invalid ID: '{value}'", '{hint}'),
	dataInvalid: text(
		"'Data' is not a JSON object",
		'Enter an object such as {"vendor": "Acme"}, or an expression that returns one.',
	),
	taskEmpty: text("'Data' and 'Files' are both empty", 'Fill in at least one of them.'),
	settingsEmpty: text(
		"'Settings' is empty",
		'Add at least one setting. Other settings stay unchanged.',
	),
	pathEmpty: text("'Path' is empty", 'Enter a path such as /invoices/2026.'),
	pathParent: text(
		"'Path' must not contain '..'",
		'Enter the full path, starting from the root folder.',
	),
	pathNotFile: text(
		"'Path' is a folder, not a file: '{path}'",
		'Enter the path of a file. Project File → Get Many lists the contents of a folder.',
	),
	pathNotFolder: text(
		"'Path' is a file, not a folder: '{path}'",
		'Enter the path of a folder. Project File → Get retrieves a single file.',
	),
	folderMissing: text(
		"There are no files at '{path}' yet",
		"The folder is empty or does not exist. Check 'Path'. You can publish the workflow anyway: the trigger finds the folder once it exists.",
	),
	folderTooLarge: text(
		"The folder '{path}' contains more than 20,000 files or folders",
		"Enter the path of a smaller folder. If 'Include Subfolders' is on, turn it off.",
	),
	eventInvalid: text("'Event' is not valid", 'Select one of the events in the list.'),
	pathNotUnique: text(
		"'Path' must be a folder when uploading several files",
		'End it with a slash. Each file keeps its own name in that folder.',
	),
	characterInvalid: text(
		"'{label}' contains an invalid character",
		'Enter the value again. It contains an incomplete character, such as part of an emoji.',
	),
	booleanInvalid: text(
		"'{label}' must be true or false, not '{value}'",
		'Turn it on or off, or use an expression that returns true or false.',
	),
	inputFieldInvalid: text(
		"'Input Data Field Name' does not refer to a file",
		'Enter the name of the field that contains the file, or use an expression such as $binary.data.',
	),
	fileInvalid: fileText(
		"The field '{field}' does not contain a file",
		'Check the node that outputs it. A file needs a MIME type and either base64 content or an ID.',
	),
	fileReferenceInvalid: fileText(
		"The file in '{field}' has lost its ID",
		"It contains only n8n's marker for stored files, '{data}'. Pass the binary field through unchanged.",
	),
	contentInvalid: fileText(
		"The content of the file in '{field}' is not valid base64",
		'Check the node that outputs it, such as a Code node: it must encode the content as base64.',
	),
	fileLost: text(
		"n8n could not find the file in '{field}'",
		'Details: "{reason}" n8n may have deleted the file. Rerun the node that outputs it.',
	),
	typeUnknown: {
		kind: 'unsupportedType',
		...text(
			'The file type could not be determined ({source})',
			"Set 'MIME Type' under Options, or use a file name with the extension of an accepted type.",
		),
	},
	noFiles: fileText(
		'The item has no files',
		"To skip such items, set 'On Unsupported or Missing File' under Options to 'Skip'.",
	),
	inputFieldEmpty: text(
		"'Input Data Field Name' is empty",
		'Enter the name of the field that contains the file, such as data.',
	),
	outputFieldEmpty: text(
		"'Output Data Field Name' is empty",
		'Enter the name of the field to put the file in, such as data.',
	),
	projectFileEmpty: text(
		"The file at '{path}' is empty",
		'Check the file in Cloudsquid. A document must contain at least one byte.',
	),
	fileEmpty: fileText(
		"The file '{filename}' in '{field}' is empty",
		'Check the node that outputs it. A document must contain at least one byte.',
	),
	fileMissing: fileText(
		"The item has no file in the field '{field}'",
		"Set 'Input Data Field Name' to a field that contains a file. This item has: {availableFields}.",
	),
	itemHasNoFiles: fileText(
		"The item has no file in the field '{field}'",
		"This item has no files. Connect a node that outputs files, select another 'Input Source', or set 'Input Data Field Name' to * to skip such items.",
	),
	typeNotAccepted: {
		kind: 'unsupportedType',
		...text(
			"Cloudsquid does not accept '{name}'",
			"Convert it to one of these types: {acceptedFiles}. If it already has one of them, set 'MIME Type' under Options.",
		),
	},
	urlEmpty: text(
		"'File URL' is empty",
		'Enter a URL that starts with http:// or https:// and that Cloudsquid can reach.',
	),
	urlInvalid: text(
		"'File URL' is not a valid URL: '{url}'",
		'Enter a URL that starts with http:// or https:// and that Cloudsquid can reach.',
	),
	baseUrlInvalid: text(
		"'Base URL' in the credential is not a valid URL",
		'Enter a URL that starts with https://, such as https://api.cloudsquid.io/api.',
	),
} as const satisfies Record<string, Message & { kind?: ErrorKind }>;

/** Where each ID comes from. */
export const idHints = {
	Table:
		'Open the table in Cloudsquid and copy its URL. It contains the ID, for example 3f0c2d4e-9a61-4b7e-8c55-1d2e3f4a5b6c.',
	'Row ID':
		'Use row_id from the output of Document → Upload, or task_id from the output of Reconciliation → Create Task.',
	'Run ID': 'Use run_id from the output of Run → Start Run or Document → Extract.',
	Files: 'Enter row IDs separated by commas. Use row_id from the output of Document → Upload.',
} as const;

/** What the editor shows when the credential is tested and when projects are listed. */
export const editorMessages = {
	connectionSuccessful: text('Connection successful', ''),
	apiKeyEmpty: text("'API Key' is empty", 'Create a key in the Cloudsquid dashboard.'),
	baseUrlInvalid: text("'Base URL' is not a valid URL", 'Enter a URL that starts with https://.'),
	noProjects: text(
		'No projects found for this API key',
		"Create one in Cloudsquid, or select 'By Name' and enter a name.",
	),
} as const satisfies Record<string, Message>;

/** Sentences that are added to a description. */
export const sentences = {
	apiMessage: 'Cloudsquid says: "{message}"',
	unknownOutcome:
		'The request may have succeeded, so it was not retried. Check Cloudsquid before you repeat it.',
	unknownOutcomeRepeated:
		"The request may have succeeded. The node does not repeat it, but n8n's Retry On Fail does.",
	retryLater: 'Cloudsquid asks you to try again in {minutes} minutes.',
	getRun: 'To get the result later, use Run → Get Run with this run ID.',
	startRun: 'The row already exists. To run it, use Run → Start Run with this row ID.',
	startAnotherRun: 'To try again without another upload, use Run → Start Run with this row ID.',
	nothingSent: 'Nothing has been sent for any item.',
	created: 'Already created for other items or files: {items}.',
	createdRuns: 'To get the results of these runs, use Run → Get Run.',
	moreItems: 'and {rest} more',
	lastStatus: "Its last status was '{status}'.",
	statusUnknown: 'Its status is unknown.',
	lastPollFailed: 'The last status check failed: {message}.',
	storageStatus: 'The file storage returned status {statusCode}',
} as const;

/** Adds a period to a quotation that does not end with punctuation. */
export function endSentence(quotation: string): string {
	return /[.!?…]$/.test(quotation) ? quotation : `${quotation}.`;
}

/** A text with values in place of its placeholders. */
export function fillText<Text extends string>(
	text: Text,
	values: Record<Placeholder<Text>, unknown>,
): string {
	return text.replace(/\{(\w+)\}/g, (_, name: Placeholder<Text>) => String(values[name]));
}

/** A message with values in place of its placeholders. */
export function fillMessage<M extends Message>(
	template: M,
	values: Record<Placeholder<M['message'] | M['description']>, unknown>,
) {
	const message = fillText<string>(template.message, values);
	return { ...template, message, description: fillText<string>(template.description, values) };
}
