// SPDX-License-Identifier: GPL-3.0-or-later
// Server reflection, by which grpcurl and similar tools discover methods. The answers are constant.
#include "front/grpc_reflection.h"

#include "base/text.h"
#include "front/grpc_shared.h"
#include "front/grpc_unary.h"
#include "reflection.pb.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <set>
#include <vector>

namespace millrace::front {

namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;
using grpc::reflection::v1::ServerReflectionRequest;
using grpc::reflection::v1::ServerReflectionResponse;

void addWithImports(const FileDescriptor& file, std::set<const FileDescriptor*>& seen, ServerReflectionResponse& out)
{
    if (!seen.insert(&file).second) return;
    google::protobuf::FileDescriptorProto text;
    file.CopyTo(&text);
    out.mutable_file_descriptor_response()->add_file_descriptor_proto(text.SerializeAsString());
    for (int i = 0; i < file.dependency_count(); ++i) addWithImports(*file.dependency(i), seen, out);
}

void addFile(const FileDescriptor* file, const std::string& asked, ServerReflectionResponse& out)
{
    if (file == nullptr) {
        auto& error = *out.mutable_error_response();
        error.set_error_code(kGrpcNotFound);
        error.set_error_message("there is no " + quotedName(asked) + " here");
        return;
    }
    std::set<const FileDescriptor*> seen;
    addWithImports(*file, seen, out);
}

ServerReflectionResponse answer(const ServerReflectionRequest& request)
{
    const DescriptorPool& pool = *DescriptorPool::generated_pool();
    ServerReflectionResponse out;
    out.set_valid_host(request.host());
    *out.mutable_original_request() = request;
    switch (request.message_request_case()) {
        case ServerReflectionRequest::kListServices:
            for (const auto* service : kGrpcServices)
                out.mutable_list_services_response()->add_service()->set_name(service);
            break;
        case ServerReflectionRequest::kFileByFilename:
            addFile(pool.FindFileByName(request.file_by_filename()), request.file_by_filename(), out);
            break;
        case ServerReflectionRequest::kFileContainingSymbol:
            addFile(pool.FindFileContainingSymbol(request.file_containing_symbol()), request.file_containing_symbol(),
                    out);
            break;
        case ServerReflectionRequest::kFileContainingExtension: {
            const auto& asked = request.file_containing_extension();
            const auto* type = pool.FindMessageTypeByName(asked.containing_type());
            const auto* extension =
                type == nullptr ? nullptr : pool.FindExtensionByNumber(type, asked.extension_number());
            addFile(extension == nullptr ? nullptr : extension->file(), asked.containing_type(), out);
            break;
        }
        case ServerReflectionRequest::kAllExtensionNumbersOfType: {
            const auto& name = request.all_extension_numbers_of_type();
            const auto* type = pool.FindMessageTypeByName(name);
            if (type == nullptr) {
                addFile(nullptr, name, out);
                break;
            }
            auto& numbers = *out.mutable_all_extension_numbers_response();
            numbers.set_base_type_name(name);
            std::vector<const google::protobuf::FieldDescriptor*> extensions;
            pool.FindAllExtensions(type, &extensions);
            for (const auto* extension : extensions) numbers.add_extension_number(extension->number());
            break;
        }
        default: {
            auto& error = *out.mutable_error_response();
            error.set_error_code(kGrpcInvalidArgument);
            error.set_error_message("unknown kind of reflection request");
        }
    }
    return out;
}

/// Answers one request at a time.
class ReflectionTalk final : public GrpcHandler {
public:
    explicit ReflectionTalk(std::shared_ptr<GrpcCall> call) : call_(std::move(call)) {}

    void begin() override { call_->read(); }
    void onMessage(GrpcMessage message) override
    {
        if (!message.problem.ok()) return call_->finish(toGrpcStatus(*call_, message.problem));
        const auto request = readMessage<ServerReflectionRequest>(message.message.bytes());
        if (!request) return call_->finish(toGrpcStatus(*call_, unreadable<ServerReflectionRequest>()));
        call_->write(writeMessage(answer(*request)));
    }
    void onReadsDone() override { call_->finish({}); }
    void onWritten(bool ok) override
    {
        if (ok) call_->read();
    }
    void onCancel() override {}

private:
    const std::shared_ptr<GrpcCall> call_;
};

}  // namespace

void addReflectionMethods(GrpcMethods& methods)
{
    for (const auto* service : {"grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"}) {
        GrpcMethod method;
        method.make = [](std::shared_ptr<GrpcCall> call) { return std::make_shared<ReflectionTalk>(std::move(call)); };
        method.oneMessage = false;
        methods.emplace("/" + std::string(service) + "/ServerReflectionInfo", std::move(method));
    }
}

}  // namespace millrace::front
