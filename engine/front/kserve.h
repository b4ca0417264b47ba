// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>

/// KServe v2 over REST: what reading (kserve_read.h) and writing (kserve_write.h) share. Pure.
/// Source: KServe v2 REST; Triton, "Binary Tensor Data Extension".
namespace millrace::front {

/// The extensions in the server's metadata, for REST and gRPC.
inline constexpr const char* kKServeExtensions[] = {"binary_tensor_data", "model_repository", "model_configuration",
                                                    "statistics"};

/// In which form the client wants its outputs.
struct OutputForm {
    bool binary = false;                ///< binary_data_output of the request: the default
    std::map<std::string, bool> named;  ///< binary_data of single outputs, which takes precedence

    bool isBinary(const std::string& output) const
    {
        const auto found = named.find(output);
        return found == named.end() ? binary : found->second;
    }
};

}  // namespace millrace::front
