import Glibc

/// How many descriptors this process may have. Every connection is one.
package enum DescriptorLimit {
  package static var current: Int {
    Int(clamping: limit.rlim_cur)
  }

  /// Raises the limit to the greatest that the system allows this process.
  package static func raise() {
    var limit = limit
    limit.rlim_cur = limit.rlim_max
    setrlimit(resource, &limit)
  }

  private static var limit: rlimit {
    var limit = rlimit()
    getrlimit(resource, &limit)
    return limit
  }

  private static var resource: __rlimit_resource_t { __rlimit_resource_t(RLIMIT_NOFILE.rawValue) }
}
