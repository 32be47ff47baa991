type Environment = Record<string, string>;

/** What a program needs from the environment to run at all, and to reach the network as its user does. */
const KEPT = [
	/^(path|home|user|logname|shell|lang|lc_\w+|tz|tmpdir|temp|tmp)$/i,
	/^(userprofile|systemroot|systemdrive|windir|comspec|pathext|appdata|localappdata|programdata|programfiles.*)$/i,
	/^((https?|all|no)_proxy|node_extra_ca_certs|ssl_cert_(file|dir))$/i,
];

/**
 * The environment of an n8n of ours: without the settings of another n8n on this machine (N8N_…, DB_…),
 * and without what npm and tsx set for their own children.
 */
export function plainEnvironment(): Environment {
	return keep((name) => KEPT.some((pattern) => pattern.test(name)));
}

/** Set by npm for the scripts it runs: true for this repository, wrong for the folder another npm is to install into. */
const OF_THIS_REPOSITORY =
	/^(npm_(lifecycle|package|command|node_execpath|execpath).*|npm_config_(ignore_scripts|omit_lockfile_registry_resolved|(local_|global_)?prefix)|init_cwd|node_options)$/i;

/** The environment for npm in another folder: the user's npm settings stay, those of this repository do not. */
export function npmEnvironment(): Environment {
	return keep((name) => !OF_THIS_REPOSITORY.test(name));
}

/** The environment with `folder` searched first for programs. */
export function withPath(environment: Environment, folder: string): Environment {
	const name = Object.keys(environment).find((key) => key.toUpperCase() === 'PATH') ?? 'PATH';
	const delimiter = process.platform === 'win32' ? ';' : ':';
	const rest = environment[name];
	return { ...environment, [name]: rest ? `${folder}${delimiter}${rest}` : folder };
}

function keep(wanted: (name: string) => boolean): Environment {
	const kept: Environment = {};
	for (const [name, value] of Object.entries(process.env)) {
		if (value !== undefined && wanted(name)) kept[name] = value;
	}
	return kept;
}
