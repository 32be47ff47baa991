/** What a program needs to run at all, and to reach the network as its user does. */
const KEPT = [
	/^(path|home|user|logname|shell|lang|lc_\w+|tz|tmpdir|temp|tmp)$/i,
	/^(userprofile|systemroot|systemdrive|windir|comspec|pathext|appdata|localappdata|programdata|programfiles.*)$/i,
	/^((https?|all|no)_proxy|node_extra_ca_certs|ssl_cert_(file|dir))$/i,
];

/** Set by npm for its own scripts. Wrong for another npm that installs into another folder. */
const SET_BY_NPM =
	/^(npm_(lifecycle|package|command|node_execpath|execpath).*|npm_config_(ignore_scripts|omit_lockfile_registry_resolved|(local_|global_)?prefix)|init_cwd|node_options)$/i;

/** An environment without the settings of another n8n on this machine, npm, or tsx. */
export function plainEnvironment() {
	return filter((name) => KEPT.some((pattern) => pattern.test(name)));
}

/** An environment for npm in another folder. The user's npm settings stay. */
export function npmEnvironment() {
	return filter((name) => !SET_BY_NPM.test(name));
}

function filter(isKept: (name: string) => boolean) {
	const entries = Object.entries(process.env).filter(([name]) => isKept(name));
	return Object.fromEntries(entries) as Record<string, string>;
}
