# SPDX-License-Identifier: GPL-3.0-or-later
add_executable(millraced main.cpp engine.cpp log.cpp picture.cpp room_options.cpp)
target_compile_definitions(millraced PRIVATE MILLRACE_VERSION="${PROJECT_VERSION}"
                                             MILLRACE_SAMPLE_MODELS="${PROJECT_SOURCE_DIR}/resources/models")
target_link_libraries(millraced PRIVATE millrace_front millrace_serve millrace_control millrace_telemetry
                                        millrace_config spdlog::spdlog Boost::json gRPC::grpc++ millrace_warnings)
