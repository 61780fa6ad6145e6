# How a module, a test and a program of this project are made: one function each.
include(GNUInstallDirs)

set(COROSIM_WARNINGS -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
option(COROSIM_WERROR "Treat warnings as errors" OFF)
if(COROSIM_WERROR)
  list(APPEND COROSIM_WARNINGS -Werror)
endif()

if(PROJECT_IS_TOP_LEVEL AND COROSIM_BUILD_TESTS)
  include(CTest)
  enable_testing()
endif()

function(corosim_target_defaults target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_compile_options(${target} PRIVATE ${COROSIM_WARNINGS})
endfunction()

# corosim_library(name SOURCES ... LINK ... PRIVATE_LINK ...) makes corosim_<name>, known as corosim::<name>, with an include root of its own.
function(corosim_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINK;PRIVATE_LINK")
  set(target corosim_${name})
  add_library(${target} STATIC ${arg_SOURCES})
  add_library(corosim::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name} POSITION_INDEPENDENT_CODE ON)
  # The few words that each thread has are used at every step: an offset from the thread pointer, not a call.
  target_compile_options(${target} PRIVATE -ftls-model=initial-exec)
  target_include_directories(${target} PUBLIC
    $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(${target} PUBLIC ${arg_LINK} PRIVATE ${arg_PRIVATE_LINK})
  corosim_target_defaults(${target})
  set_property(GLOBAL APPEND PROPERTY COROSIM_LIBRARIES ${target})
  set_property(GLOBAL APPEND PROPERTY COROSIM_INCLUDE_ROOTS ${CMAKE_CURRENT_SOURCE_DIR}/include/)
endfunction()

# corosim_test(name SOURCES ... LINK ...) makes a GoogleTest program and registers each of its tests with ctest.
function(corosim_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINK")
  if(NOT COROSIM_BUILD_TESTS)
    return()
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_LINK} GTest::gmock GTest::gtest_main)
  corosim_target_defaults(${name})
  # A test is compiled more often than it runs: this halves the time of a build.
  target_compile_options(${name} PRIVATE $<$<CONFIG:RelWithDebInfo>:-O1 -g1> $<$<CONFIG:Debug>:-O0 -g1>)
  include(GoogleTest)
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST PROPERTIES TIMEOUT 120)
endfunction()

# corosim_refused(name SOURCE ... INCLUDE ... MESSAGE ...) registers a test that the source does not compile, with a
# message that says why.
function(corosim_refused name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "SOURCE;INCLUDE;MESSAGE" "")
  if(NOT COROSIM_BUILD_TESTS)
    return()
  endif()
  add_test(NAME refused.${name} COMMAND ${CMAKE_CXX_COMPILER} -std=c++20 -fsyntax-only -I${arg_INCLUDE} ${arg_SOURCE}
    WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
  set_tests_properties(refused.${name} PROPERTIES PASS_REGULAR_EXPRESSION "${arg_MESSAGE}" TIMEOUT 120)
endfunction()
