// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>

/// KServe v2 over REST: JSON and the binary extension to tensors and back. Pure, no sockets.
/// Source: PROTOCOLS 1.4; Triton, "Binary Tensor Data Extension".
namespace millrace::front {

/// What server metadata names, over REST and gRPC alike.
inline constexpr const char* kKServeExtensions[] = {"binary_tensor_data", "model_repository", "model_configuration",
                                                    "statistics"};

/// How the client wants its outputs.
struct OutputForm {
    bool binary = false;                ///< binary_data_output of the request: all of them
    std::map<std::string, bool> named;  ///< binary_data of an output: stronger

    bool isBinary(const std::string& output) const
    {
        const auto found = named.find(output);
        return found == named.end() ? binary : found->second;
    }
};

}  // namespace millrace::front
