import Glibc
import OctopusSystem

/// Whether a program of this name can be run: a path, or one that PATH leads to.
package func isProgram(_ name: String) -> Bool {
  if name.utf8.contains(UInt8(ascii: "/")) { return isExecutable(ByteString(name)) }
  let path = getenv("PATH").map { ByteString(cString: $0) } ?? "/usr/bin:/bin"
  return path.bytes.split(separator: UInt8(ascii: ":")).contains {
    isExecutable(ByteString($0 + "/\(name)".utf8))
  }
}

private func isExecutable(_ path: ByteString) -> Bool {
  var status = stat()
  return path.withCString { access($0, X_OK) == 0 && stat($0, &status) == 0 }
    && status.st_mode & S_IFMT == S_IFREG
}
