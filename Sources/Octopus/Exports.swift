// `import Octopus` is all that a program needs: records, queries and error codes come with it.
//
// Public typealiases would not do. A program that is built with Swift's MemberImportVisibility sees
// only the members of modules that it imports, or that these export: it could name a `Record`, but
// not ask it for its attributes.

// Nothing is public in it but the other error codes.
@_exported import OctopusProtocol
@_exported import OctopusRecords

@_exported import struct OctopusEngine.ErrorCode
