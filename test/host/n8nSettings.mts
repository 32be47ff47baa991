import path from 'node:path';
import { plainEnvironment } from './environment.mts';
import { findHostVersion } from './versions.mts';

/** What an n8n works on, as a server or from the command line. */
export interface N8nSettings {
	/** n8n keeps everything, its database included, in `.n8n` below this folder. */
	userFolder: string;
	/** The folders that n8n's file nodes may read and write; none but n8n's own default when left out. */
	fileFolders?: readonly string[];
	/** More settings of n8n, by the names of their environment variables. */
	settings?: Record<string, string>;
}

/** Keeps n8n to this machine: no telemetry, no look for news or updates, no registry of community nodes. */
const OFFLINE: Record<string, string> = {
	N8N_DIAGNOSTICS_ENABLED: 'false',
	N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
	N8N_VERSION_NOTIFICATIONS_WHATS_NEW_ENABLED: 'false',
	N8N_TEMPLATES_ENABLED: 'false',
	N8N_DYNAMIC_BANNERS_ENABLED: 'false',
	N8N_HIRING_BANNER_ENABLED: 'false',
	N8N_VERIFIED_PACKAGES_ENABLED: 'false',
	N8N_LICENSE_AUTO_RENEW_ENABLED: 'false',
};

const OTHER: Record<string, string> = {
	N8N_PERSONALIZATION_ENABLED: 'false',
	// Its default is about to change, and no package that is tried here is a verified one.
	N8N_UNVERIFIED_PACKAGES_ENABLED: 'true',
	// The command line prints what an execution gave through the log.
	N8N_LOG_LEVEL: 'info',
	N8N_LOG_OUTPUT: 'console',
	GENERIC_TIMEZONE: 'UTC',
};

/** The environment of an n8n of ours, started as a server or from the command line. */
export function n8nEnvironment(
	n8nVersion: string,
	options: N8nSettings,
	brokerPort: number,
): Record<string, string> {
	const { userFolder, fileFolders, settings } = options;
	return {
		...plainEnvironment(),
		...OFFLINE,
		...OTHER,
		...findHostVersion(n8nVersion).settings,
		N8N_USER_FOLDER: userFolder,
		N8N_RUNNERS_BROKER_PORT: String(brokerPort),
		...(fileFolders ? { N8N_RESTRICT_FILE_ACCESS_TO: fileFolders.join(';') } : {}),
		...settings,
	};
}

/** What a server needs besides: an address on the loopback interface only, and a session cookie that works without TLS. */
export function serverSettings(port: number): Record<string, string> {
	return {
		N8N_LISTEN_ADDRESS: '127.0.0.1',
		N8N_HOST: '127.0.0.1',
		N8N_PORT: String(port),
		N8N_SECURE_COOKIE: 'false',
	};
}

/** Where an n8n with this user folder looks for community packages. */
export function communityFolder(userFolder: string): string {
	return path.join(userFolder, '.n8n/nodes');
}
