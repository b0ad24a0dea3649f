import { readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';

/** File systems that other machines share, where neither locks nor memory maps hold for all of them. */
const NETWORK_TYPES: ReadonlySet<string> = new Set([
  ...['nfs', 'nfs4', 'cifs', 'smb3', 'smbfs', 'ncpfs', 'afs', '9p', 'coda'],
  ...['ceph', 'lustre', 'gpfs', 'beegfs', 'glusterfs', 'orangefs', 'pvfs2'],
  ...['davfs', 'acfs', 'vboxsf', 'vmhgfs'],
  ...['sshfs', 'glusterfs', 'ceph-fuse', 'ceph', 'davfs2', 'smbnetfs'].map(
    (name) => `fuse.${name}`,
  ),
  ...['s3fs', 'gcsfuse', 'rclone', 'goofys', 'mount-s3', 'blobfuse2'].map(
    (name) => `fuse.${name}`,
  ),
  ...['juicefs', 'vmhgfs-fuse', 'lustre', 'moosefs'].map(
    (name) => `fuse.${name}`,
  ),
]);

/** A file system as the system's table of mounts has it. */
export interface MountedOn {
  readonly type: string;
  /** The folder where it begins. */
  readonly at: string;
}

/**
 * The network file system that a folder lies on, or would lie on once it is made; null where it is a local one or the
 * system doesn't tell.
 *
 * @param mounts a table in the form of `/proc/self/mountinfo`; the system's own where not given.
 */
export function networkFileSystem(
  folder: string,
  mounts: string | null = ownMounts(),
): MountedOn | null {
  if (mounts === null) return null;
  const path = realPath(folder);
  let nearest: MountedOn | null = null;
  for (const line of mounts.split('\n')) {
    const mount = parseMount(line);
    // Of mounts on one folder the last one is seen.
    if (
      mount !== null &&
      isBelow(path, mount.at) &&
      mount.at.length >= (nearest?.at.length ?? 0)
    ) {
      nearest = mount;
    }
  }
  return nearest !== null && NETWORK_TYPES.has(nearest.type) ? nearest : null;
}

/** `36 35 98:0 /root /mount-point options optional-fields - type source super-options`. */
function parseMount(line: string): MountedOn | null {
  const [before = '', after] = line.split(' - ');
  const at = before.split(' ')[4];
  const type = after?.split(' ')[0];
  return at === undefined || type === undefined
    ? null
    : { type, at: unescape(at) };
}

/** Spaces and the like are written as `\040`. */
const unescape = (text: string): string =>
  text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(parseInt(digits, 8)),
  );

const isBelow = (path: string, folder: string): boolean =>
  folder === '/' || path === folder || path.startsWith(folder + sep);

/** The folder with its links followed, as far as it is there. */
function realPath(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    const above = dirname(folder);
    return above === folder ? folder : join(realPath(above), basename(folder));
  }
}

function ownMounts(): string | null {
  try {
    return readFileSync('/proc/self/mountinfo', 'utf8');
  } catch {
    // Another system.
    return null;
  }
}
