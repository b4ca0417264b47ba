// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/config_json.h"

#include "config/config_text.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <cstdlib>

namespace millrace::desktop::config_json {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

QString tr(const char* text)
{
    return QCoreApplication::translate("ConfigJson", text);
}

QJsonValue valueOf(const Message& holder, const FieldDescriptor& field)
{
    const auto* reflection = holder.GetReflection();
    if (field.is_repeated()) {
        QJsonArray list;
        for (int i = 0; i < reflection->FieldSize(holder, &field); ++i) {
            list.append(QString::fromStdString(reflection->GetRepeatedString(holder, &field, i)));
        }
        return list;
    }
    const std::string text = config_text::get(holder, field);
    switch (field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_BOOL:
            return text == "true";
        case FieldDescriptor::CPPTYPE_STRING:
        case FieldDescriptor::CPPTYPE_ENUM:
            return QString::fromStdString(text);
        default:
            return std::strtod(text.c_str(), nullptr);
    }
}

QJsonObject objectOf(const Message& message)
{
    QJsonObject object;
    const auto* reflection = message.GetReflection();
    const auto* descriptor = message.GetDescriptor();
    for (int i = 0; i < descriptor->field_count(); ++i) {
        const FieldDescriptor& field = *descriptor->field(i);
        const bool set =
            field.is_repeated() ? reflection->FieldSize(message, &field) > 0 : reflection->HasField(message, &field);
        if (!set) continue;
        const QString name = QString::fromStdString(field.name());
        if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
            object.insert(name, valueOf(message, field));
        } else if (field.is_repeated()) {
            QJsonArray list;
            for (int entry = 0; entry < reflection->FieldSize(message, &field); ++entry) {
                list.append(objectOf(reflection->GetRepeatedMessage(message, &field, entry)));
            }
            object.insert(name, list);
        } else {
            const QJsonObject inner = objectOf(reflection->GetMessage(message, &field));
            if (!inner.isEmpty()) object.insert(name, inner);
        }
    }
    return object;
}

QString textOf(const QJsonValue& value)
{
    if (value.isBool()) return value.toBool() ? QStringLiteral("true") : QStringLiteral("false");
    if (value.isDouble()) return QString::fromStdString(config_text::number(value.toDouble()));
    if (value.isArray()) {
        QStringList parts;
        for (const QJsonValue& entry : value.toArray()) parts.append(entry.toString());
        return parts.join(QStringLiteral(", "));
    }
    return value.toString();
}

QString fill(Message& message, const QJsonObject& object, const QString& prefix)
{
    const auto* reflection = message.GetReflection();
    for (auto it = object.begin(); it != object.end(); ++it) {
        const QString path = prefix.isEmpty() ? it.key() : prefix + u'.' + it.key();
        const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(it.key().toStdString());
        if (!field) return tr("%1 is not a setting").arg(path);
        QString problem;
        if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
            if (it->isObject() || it->isNull() || (it->isArray() && !field->is_repeated()))
                return tr("%1 is a single value").arg(path);
            problem = QString::fromStdString(
                config_text::set(message, *field, path.toStdString(), textOf(*it).toStdString()));
            if (!problem.isEmpty()) problem = QStringLiteral("%1: %2").arg(path, problem);
        } else if (!field->is_repeated()) {
            if (!it->isObject()) return tr("%1 is a group: { … }").arg(path);
            problem = fill(*reflection->MutableMessage(&message, field), it->toObject(), path);
        } else {
            if (!it->isArray()) return tr("%1 is a list: [ … ]").arg(path);
            const QJsonArray list = it->toArray();
            for (int i = 0; i < list.size() && problem.isEmpty(); ++i) {
                problem = fill(*reflection->AddMessage(&message, field), list.at(i).toObject(),
                               QStringLiteral("%1[%2]").arg(path).arg(i));
            }
        }
        if (!problem.isEmpty()) return problem;
    }
    return {};
}

}  // namespace

QString write(const Message& config)
{
    return QString::fromUtf8(QJsonDocument(objectOf(config)).toJson(QJsonDocument::Indented));
}

QString read(const QString& text, Message& config)
{
    const QByteArray bytes = text.toUtf8();
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(bytes, &error);
    if (error.error != QJsonParseError::NoError) {
        return tr("line %1: %2").arg(bytes.left(error.offset).count('\n') + 1).arg(error.errorString());
    }
    if (!document.isObject()) return tr("a configuration is one object: { … }");
    config.Clear();
    return fill(config, document.object(), {});
}

}  // namespace millrace::desktop::config_json
