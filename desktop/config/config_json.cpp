// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/config_json.h"

#include "config/config_text.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>

namespace millrace::desktop::config_json {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

struct Words {
    Q_DECLARE_TR_FUNCTIONS(ConfigJson)
};

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

/// The field's name that is nearest to what was written; empty when none is near.
QString nearest(const google::protobuf::Descriptor& type, const QString& name)
{
    QString best;
    qsizetype least = std::max<qsizetype>(2, name.size() / 3) + 1;
    for (int i = 0; i < type.field_count(); ++i) {
        const QString known = QString::fromStdString(type.field(i)->name());
        // Levenshtein's distance, a row at a time.
        QList<qsizetype> row(known.size() + 1);
        std::iota(row.begin(), row.end(), 0);
        for (qsizetype a = 0; a < name.size(); ++a) {
            qsizetype diagonal = row[0];
            row[0] = a + 1;
            for (qsizetype b = 0; b < known.size(); ++b) {
                const qsizetype replaced = diagonal + (name.at(a) == known.at(b) ? 0 : 1);
                diagonal = row[b + 1];
                row[b + 1] = std::min({replaced, row[b] + 1, row[b + 1] + 1});
            }
        }
        if (row.last() < least) {
            least = row.last();
            best = known;
        }
    }
    return best;
}

Problem wrong(const QString& path, const QString& message)
{
    return {message, path, 0, 0};
}

Problem fill(Message& message, const QJsonObject& object, const QString& prefix)
{
    const auto* reflection = message.GetReflection();
    for (auto it = object.begin(); it != object.end(); ++it) {
        const QString path = prefix.isEmpty() ? it.key() : prefix + u'.' + it.key();
        const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(it.key().toStdString());
        if (!field) {
            const QString near = nearest(*message.GetDescriptor(), it.key());
            return wrong(path, near.isEmpty() ? Words::tr("%1 is not a setting").arg(path)
                                              : Words::tr("%1 is not a setting; did you mean %2?").arg(path, near));
        }
        if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
            if (it->isObject() || it->isNull() || (it->isArray() && !field->is_repeated()))
                return wrong(path, Words::tr("%1 is a single value").arg(path));
            const QString problem = QString::fromStdString(
                config_text::set(message, *field, path.toStdString(), textOf(*it).toStdString()));
            if (!problem.isEmpty()) return wrong(path, QStringLiteral("%1: %2").arg(path, problem));
            continue;
        }
        Problem problem;
        if (!field->is_repeated()) {
            if (!it->isObject()) return wrong(path, Words::tr("%1 is a group: { … }").arg(path));
            problem = fill(*reflection->MutableMessage(&message, field), it->toObject(), path);
        } else {
            if (!it->isArray()) return wrong(path, Words::tr("%1 is a list: [ … ]").arg(path));
            const QJsonArray list = it->toArray();
            for (int i = 0; i < list.size() && problem.isNone(); ++i) {
                const QString entry = QStringLiteral("%1[%2]").arg(path).arg(i);
                if (!list.at(i).isObject()) return wrong(entry, Words::tr("%1 is a group: { … }").arg(entry));
                problem = fill(*reflection->AddMessage(&message, field), list.at(i).toObject(), entry);
            }
        }
        if (!problem.isNone()) return problem;
    }
    return {};
}

/// Walks a text that is JSON and remembers where the names on the way to a setting are.
class Finder {
public:
    Finder(const QString& text, const QString& path) : text_(text), path_(path) {}
    Place find()
    {
        value({});
        return best_;
    }

private:
    void space()
    {
        while (at_ < text_.size() && text_.at(at_).isSpace()) ++at_;
    }
    bool take(QChar letter)
    {
        space();
        if (at_ >= text_.size() || text_.at(at_) != letter) return false;
        ++at_;
        return true;
    }
    QString string()
    {
        QString out;
        for (++at_; at_ < text_.size() && text_.at(at_) != u'"'; ++at_) {
            if (text_.at(at_) == u'\\') ++at_;
            if (at_ < text_.size()) out += text_.at(at_);
        }
        ++at_;
        return out;
    }
    void note(const QString& path, qsizetype from)
    {
        if (path_ != path && !path_.startsWith(path + u'.') && !path_.startsWith(path + u'[')) return;
        if (path.size() <= found_) return;
        found_ = path.size();
        best_ = {from, std::min(at_, text_.size()) - from};
    }
    void value(const QString& path)
    {
        space();
        if (at_ >= text_.size() || ++depth_ > kDepthMax) return;
        if (text_.at(at_) == u'"') {
            string();
        } else if (take(u'{')) {
            while (at_ < text_.size() && !take(u'}')) {
                space();
                const qsizetype from = at_;
                if (at_ >= text_.size() || text_.at(at_) != u'"') return;
                const QString name = string();
                const QString inner = path.isEmpty() ? name : path + u'.' + name;
                note(inner, from);
                if (!take(u':')) return;
                value(inner);
                take(u',');
            }
        } else if (take(u'[')) {
            for (int i = 0; at_ < text_.size() && !take(u']'); ++i) {
                space();
                const qsizetype from = at_++;
                const QString inner = QStringLiteral("%1[%2]").arg(path).arg(i);
                note(inner, from);
                at_ = from;
                value(inner);
                if (at_ == from) return;
                take(u',');
            }
        } else {
            while (at_ < text_.size() && !QStringLiteral(",]} \n\r\t").contains(text_.at(at_))) ++at_;
        }
        --depth_;
    }

    static constexpr int kDepthMax = 64;
    const QString& text_;
    const QString& path_;
    qsizetype at_ = 0;
    int depth_ = 0;
    qsizetype found_ = -1;
    Place best_;
};

}  // namespace

QString write(const Message& config)
{
    return QString::fromUtf8(QJsonDocument(objectOf(config)).toJson(QJsonDocument::Indented));
}

Problem read(const QString& text, Message& config)
{
    const QByteArray bytes = text.toUtf8();
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(bytes, &error);
    if (error.error != QJsonParseError::NoError) {
        // Qt counts bytes; an offset beyond the end says that something is missing there.
        const qsizetype at = QString::fromUtf8(bytes.left(error.offset)).size();
        return {error.errorString(), {}, std::min(at, text.size()), at < text.size() ? 1 : 0};
    }
    if (!document.isObject()) return {Words::tr("a configuration is one object: { … }"), {}, 0, 1};
    config.Clear();
    Problem problem = fill(config, document.object(), {});
    if (!problem.isNone()) {
        const Place place = find(text, problem.path);
        problem.at = std::max<qsizetype>(0, place.at);
        problem.length = place.length;
    }
    return problem;
}

Place find(const QString& text, const QString& path)
{
    return Finder(text, path).find();
}

int lineOf(const QString& text, qsizetype at)
{
    return static_cast<int>(QStringView(text).left(at).count(u'\n')) + 1;
}

int columnOf(const QString& text, qsizetype at)
{
    const qsizetype start = at > 0 ? text.lastIndexOf(u'\n', at - 1) + 1 : 0;
    return static_cast<int>(at - start) + 1;
}

}  // namespace millrace::desktop::config_json
