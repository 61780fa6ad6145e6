# What `cmake --install` installs: the libraries with their headers, the command, and the package that
# find_package(corosim) finds. cmake/tests/consumer uses it, and is tested.
include(CMakePackageConfigHelpers)

get_target_property(fmt_is_imported fmt::fmt IMPORTED)
if(NOT fmt_is_imported)
  message(STATUS "corosim: not installable, because fmt was fetched and is no package of the system")
  return()
endif()

get_property(libraries GLOBAL PROPERTY COROSIM_LIBRARIES)
get_property(include_roots GLOBAL PROPERTY COROSIM_INCLUDE_ROOTS)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/corosim)

install(TARGETS ${libraries} EXPORT corosimTargets)
install(DIRECTORY ${include_roots} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.hpp")
install(EXPORT corosimTargets NAMESPACE corosim:: DESTINATION ${package_dir})
if(COROSIM_BUILD_TOOLS)
  install(TARGETS corosim)
endif()

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/corosimConfig.cmake.in
  ${PROJECT_BINARY_DIR}/cmake/corosimConfig.cmake INSTALL_DESTINATION ${package_dir})
# Below 1.0 a minor release may change what programs are written against.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/cmake/corosimConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/cmake/corosimConfig.cmake
  ${PROJECT_BINARY_DIR}/cmake/corosimConfigVersion.cmake
  DESTINATION ${package_dir})
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/docs/program-contract.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

if(COROSIM_BUILD_TESTS)
  add_subdirectory(${CMAKE_CURRENT_LIST_DIR}/tests ${PROJECT_BINARY_DIR}/cmake/tests)
endif()
