# SPDX-License-Identifier: GPL-3.0-or-later
# All of the engine but its command line, so that a test can have one in its own process.
add_library(millrace_engine STATIC engine.cpp engine_answers.cpp enum_to_proto.cpp backend_set.cpp idle_memory.cpp stop_clock.cpp log.cpp to_proto.cpp module_options.cpp)
target_include_directories(millrace_engine PUBLIC "${PROJECT_SOURCE_DIR}/engine")
target_compile_definitions(millrace_engine PRIVATE MILLRACE_VERSION="${PROJECT_VERSION}")
target_link_libraries(millrace_engine PUBLIC millrace_config millrace_telemetry
                                      PRIVATE millrace_front millrace_serve millrace_control Boost::json
                                              millrace_warnings)

add_executable(millraced main.cpp)
target_compile_definitions(millraced PRIVATE MILLRACE_VERSION="${PROJECT_VERSION}"
                                             MILLRACE_SAMPLE_MODELS="${PROJECT_SOURCE_DIR}/resources/models")
target_link_libraries(millraced PRIVATE millrace_engine Boost::json millrace_warnings)
install(TARGETS millraced RUNTIME)

# The sanitizers bring their own allocator.
if(NOT MILLRACE_SANITIZE)
  # Nothing of ours names it: it takes the place of malloc.
  target_link_options(millraced PRIVATE -Wl,--no-as-needed)
  target_link_libraries(millraced PRIVATE PkgConfig::jemalloc)
endif()
