import { INSTALLED } from "../../config/environment.ts";

export const UNIT = "memoferry.service";
/** Where `install` puts it, and where the package for Debian has it. */
export const UNIT_FILES = { own: `/etc/systemd/system/${UNIT}`, packaged: `/usr/lib/systemd/system/${UNIT}` };

/**
 * The service, for systemd 249 or newer; an older one leaves out, with a warning, what it does not know. Why it is so:
 * docs/decisions.md. Used by `memoferry install`, and by the package for Debian, whose executable is elsewhere.
 */
export const unitText = (executable: string) => `[Unit]
Description=memoferry, from Telegram to Memos
Wants=network-online.target
After=network-online.target
# It waits for a disk or a port for as long as it takes.
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart=${executable} serve
Environment=DATA_DIR=${INSTALLED.dataDir} BUN_JSC_useJIT=0
EnvironmentFile=${INSTALLED.envFile}
Restart=on-failure
RestartSec=5
# A setting is wrong: another start changes nothing.
RestartPreventExitStatus=78
# A stop takes 10 s at most.
TimeoutStopSec=15
MemoryMax=150M
LimitCORE=0

DynamicUser=yes
User=memoferry
StateDirectory=memoferry
StateDirectoryMode=0700
UMask=0077

# It reads its settings, writes its data, and talks to the network. Nothing else.
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
PrivateUsers=yes
ProtectProc=invisible
ProcSubset=pid
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
NoNewPrivileges=yes
CapabilityBoundingSet=
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RemoveIPC=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
# Together with BUN_JSC_useJIT=0: memory is either written or run.
MemoryDenyWriteExecute=yes
NoExecPaths=/
ExecPaths=${executable} -/usr/lib -/usr/lib64 -/usr/libx32 -/lib -/lib64

[Install]
WantedBy=multi-user.target
`;
