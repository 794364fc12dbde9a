/// `/openapi.yaml`, as it stands beside this file.
enum OpenAPIDocument {
  static let text = String(decoding: PackageResources.openapi_yaml, as: UTF8.self)
}
