import path from 'node:path';
import { plainEnvironment } from './environment.mts';
import { freePort } from './ports.mts';
import type { Host } from './setUp.mts';
import { findHostVersion } from './versions.mts';

export interface N8nSettings {
	/** n8n keeps everything in `.n8n` in this folder, including its database. */
	userFolder: string;
	/** The folders that n8n's file nodes may use. By default, only n8n's own. */
	fileFolders?: readonly string[];
	/** More settings, by the names of their environment variables. */
	settings?: Record<string, string>;
}

const SETTINGS: Record<string, string> = {
	// No requests to other machines: telemetry, news, updates, and lists of community nodes.
	N8N_DIAGNOSTICS_ENABLED: 'false',
	N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
	N8N_VERSION_NOTIFICATIONS_WHATS_NEW_ENABLED: 'false',
	N8N_TEMPLATES_ENABLED: 'false',
	N8N_DYNAMIC_BANNERS_ENABLED: 'false',
	N8N_HIRING_BANNER_ENABLED: 'false',
	N8N_VERIFIED_PACKAGES_ENABLED: 'false',
	N8N_LICENSE_AUTO_RENEW_ENABLED: 'false',
	N8N_PERSONALIZATION_ENABLED: 'false',
	// The default will change, and the packages used here are not verified.
	N8N_UNVERIFIED_PACKAGES_ENABLED: 'true',
	// n8n's command line prints executions through the log.
	N8N_LOG_LEVEL: 'info',
	N8N_LOG_OUTPUT: 'console',
	GENERIC_TIMEZONE: 'UTC',
};

/** The environment of an n8n that is started here. */
export async function n8nEnvironment(
	{ n8nVersion }: Host,
	{ userFolder, fileFolders, settings }: N8nSettings,
): Promise<Record<string, string>> {
	return {
		...plainEnvironment(),
		...SETTINGS,
		...findHostVersion(n8nVersion).settings,
		N8N_USER_FOLDER: userFolder,
		N8N_RUNNERS_BROKER_PORT: String(await freePort()),
		...(fileFolders ? { N8N_RESTRICT_FILE_ACCESS_TO: fileFolders.join(';') } : {}),
		...settings,
	};
}

/** Where an n8n with this user folder looks for community packages. */
export function communityFolder(userFolder: string): string {
	return path.join(userFolder, '.n8n/nodes');
}
