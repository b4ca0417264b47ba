// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/json_text.h"

#include "control/config_messages.h"
#include "control/configuration.h"
#include "format/event_words.h"
#include "format/said.h"

#include <QtCore/QCoreApplication>

#include <algorithm>
#include <iterator>
#include <string>

namespace millrace::desktop::json_text {
namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(JsonText)
};

/// Of the parser, whose words are English; those it says of a text that somebody types.
QString reasonText(const std::string& reason)
{
    static const char* const kReasons[] = {
        QT_TRANSLATE_NOOP("JsonText", "syntax error"),
        QT_TRANSLATE_NOOP("JsonText", "extra data"),
        QT_TRANSLATE_NOOP("JsonText", "incomplete JSON"),
        QT_TRANSLATE_NOOP("JsonText", "exponent overflow"),
        QT_TRANSLATE_NOOP("JsonText", "too deep"),
        QT_TRANSLATE_NOOP("JsonText", "illegal leading surrogate"),
        QT_TRANSLATE_NOOP("JsonText", "illegal trailing surrogate"),
        QT_TRANSLATE_NOOP("JsonText", "expected hex digit"),
        QT_TRANSLATE_NOOP("JsonText", "expected utf16 escape"),
    };
    const bool known = std::any_of(std::begin(kReasons), std::end(kReasons),
                                   [&reason](const char* candidate) { return reason == candidate; });
    return known ? Words::tr(reason.c_str()) : format::quoted(QString::fromStdString(reason));
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

QString write(const config::v1::Config& config)
{
    return QString::fromStdString(config::toJson(config));
}

Problem read(const QString& text, config::v1::Config& config)
{
    const std::string bytes = text.toStdString();
    auto parsed = config::parseJson(bytes);
    if (parsed.ok()) {
        config = *std::move(parsed);
        return {};
    }
    if (const auto error = config::findJsonError(bytes)) {
        // Bytes are counted there; an offset at the end says that something is missing.
        const qsizetype at = QString::fromStdString(bytes.substr(0, error->offset)).size();
        return {Words::tr("not valid JSON: %1").arg(reasonText(error->reason)),
                {},
                std::min(at, text.size()),
                at < text.size() ? 1 : 0};
    }
    return problemIn(text, millrace::control::message(config::problemOf(parsed.status())));
}

Problem problemIn(const QString& text, const control::FieldProblem& refusal)
{
    const QString path = QString::fromStdString(refusal.path());
    const QString why = format::said(refusal.words(), refusal.message());
    const Place place = find(text, path);
    return {path.isEmpty() ? why : path + u' ' + why, path, std::max<qsizetype>(0, place.at), place.length};
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

}  // namespace millrace::desktop::json_text
