import Glibc
import OctopusSystem

// The files of the journal in the state directory.

extension StateDirectory: Disk {
  package func list() throws(StorageError) -> [String] {
    do throws(SystemError) {
      return try directoryEntries(path).map { $0.escaped }
    } catch { throw .system(error) }
  }

  package func create(_ name: String) throws(StorageError) -> any DiskFile {
    try open(name, O_RDWR | O_CREAT | O_EXCL)
  }

  package func open(_ name: String) throws(StorageError) -> any DiskFile {
    try open(name, isReadOnly ? O_RDONLY : O_RDWR)
  }

  private func open(_ name: String, _ flags: CInt) throws(StorageError) -> any DiskFile {
    let path = self.path + "/" + name
    let file: Descriptor
    do throws(SystemError) {
      file = try Descriptor(
        opening: name, in: folder, flags | O_NOFOLLOW | O_NONBLOCK, mode: 0o600, path: path)
    } catch {
      throw error.code == ELOOP ? .notAFile(path: path) : .system(error)
    }
    guard file.isRegularFile else { throw .notAFile(path: path) }
    return SystemFile(file, path: path)
  }

  package func rename(_ name: String, to other: String) throws(StorageError) {
    guard renameat(folder.number, name, folder.number, other) == 0 else {
      throw .system(SystemError("rename \(path)/\(name)"))
    }
  }

  package func remove(_ name: String) throws(StorageError) {
    guard unlinkat(folder.number, name, 0) == 0 else {
      throw .system(SystemError("remove \(path)/\(name)"))
    }
  }

  package func sync() throws(StorageError) {
    guard fsync(folder.number) == 0 else { throw .system(SystemError("sync \(path)")) }
  }
}
