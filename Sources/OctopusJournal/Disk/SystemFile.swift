import CPlatform
import Glibc
import OctopusSystem

/// A file of the operating system.
final class SystemFile: DiskFile {
  private let descriptor: Descriptor
  private let path: String

  init(_ descriptor: consuming Descriptor, path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  func size() throws(StorageError) -> Int {
    var status = stat()
    try check(fstat(descriptor.number, &status), "look at")
    return Int(status.st_size)
  }

  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(StorageError) -> Int
  {
    var done = 0
    while done < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
      let count = pread(descriptor.number, rest.baseAddress, rest.count, off_t(offset + done))
      if count < 0, errno == EINTR { continue }
      try check(CInt(clamping: count), "read")
      if count == 0 { break }
      done += count
    }
    return done
  }

  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(StorageError) {
    var done = 0
    while done < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
      let count = pwrite(descriptor.number, rest.baseAddress, rest.count, off_t(offset + done))
      if count < 0, errno == EINTR { continue }
      try check(CInt(clamping: count), "write")
      done += count
    }
  }

  func truncate(to size: Int) throws(StorageError) {
    try check(ftruncate(descriptor.number, off_t(size)), "cut")
  }

  func reserve(upTo offset: Int) throws(StorageError) {
    if platform_reserve(descriptor.number, Int64(offset)) == 0 { return }
    guard errno != EOPNOTSUPP, errno != ENOSYS else { return }
    throw .system(SystemError("reserve space for \(path)"))
  }

  func sync() throws(StorageError) {
    try check(fdatasync(descriptor.number), "sync")
    var status = stat()
    try check(fstat(descriptor.number, &status), "look at")
    guard status.st_nlink > 0 else { throw .removed(path: path) }
  }

  private func check(_ result: CInt, _ action: String) throws(StorageError) {
    guard result >= 0 else { throw .system(SystemError("\(action) \(path)")) }
  }
}
