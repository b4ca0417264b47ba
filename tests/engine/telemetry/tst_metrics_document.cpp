// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/document_table.h"

#include <QDirIterator>
#include <QFile>
#include <QMap>
#include <QRegularExpression>
#include <QSet>
#include <QtTest>

namespace {

/// A metric as its module declares it.
struct Definition {
    QString kind;  ///< as Prometheus has it
    QStringList labels;
    QString help;
    bool operator==(const Definition&) const = default;
};

QString read(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}

/// Texts that follow each other, as one.
QString joined(const QString& literals)
{
    static const QRegularExpression text(QStringLiteral("\"((?:[^\"\\\\]|\\\\.)*)\""));
    QString out;
    for (auto all = text.globalMatch(literals); all.hasNext();) out += all.next().captured(1);
    return out;
}

/// From `begin`, behind an opening bracket, up to the one that closes it.
QString argumentsFrom(const QString& source, qsizetype begin)
{
    int depth = 1;
    bool text = false;
    for (qsizetype i = begin; i < source.size(); ++i) {
        const QChar c = source[i];
        if (text && c == u'\\')
            ++i;
        else if (c == u'"')
            text = !text;
        else if (!text && c == u'(')
            ++depth;
        else if (!text && c == u')' && --depth == 0)
            return source.mid(begin, i - begin);
    }
    return {};
}

QStringList labelsIn(const QString& text)
{
    static const QRegularExpression key(QStringLiteral("\\{\"([a-z_]+)\","));
    QStringList out;
    for (auto all = key.globalMatch(text); all.hasNext();) out << all.next().captured(1);
    return out;
}

/// What a source declares: calls of Registry::counter(), gauge() and histogram() with a help text, directly or through
/// a function of the same source.
QMap<QString, Definition> definitionsIn(const QString& source)
{
    static const QRegularExpression call(
        QStringLiteral("(\\w+)\\(\\s*(?:registry_?, "
                       ")?(\"(?:millrace|process)_\\w+\"|k[A-Z]\\w+),\\s*((?:\"(?:[^\"\\\\]|\\\\.)*\"\\s*)+)"));
    QMap<QString, Definition> out;
    for (auto calls = call.globalMatch(source); calls.hasNext();) {
        const auto match = calls.next();
        QString name = joined(match.captured(2));
        if (name.isEmpty()) {
            const QRegularExpression constant(match.captured(2) + QStringLiteral("\\[\\] = \"(millrace_\\w+)\""));
            name = constant.match(source).captured(1);
            if (name.isEmpty()) continue;
        }
        const qsizetype open = source.indexOf(u'(', match.capturedStart());
        QString arguments = argumentsFrom(source, open + 1), kind = match.captured(1);
        static const QSet<QString> kinds{"counter", "gauge", "histogram"};
        if (!kinds.contains(kind)) {
            const qsizetype at = source.indexOf(u' ' + kind + QStringLiteral("(Registry& registry"));
            if (at < 0) continue;
            arguments = source.mid(at, source.indexOf(QStringLiteral("\n}"), at) - at);
            static const QRegularExpression made(QStringLiteral("\\.(counter|gauge|histogram)\\("));
            kind = made.match(arguments).captured(1);
        }
        QStringList labels = labelsIn(arguments);
        static const QRegularExpression named(QStringLiteral("\\blabels\\s*$"));
        if (arguments.contains(named)) {
            const qsizetype at = source.lastIndexOf(QStringLiteral("Labels labels{"), match.capturedStart());
            if (at >= 0) labels = labelsIn(source.mid(at, source.indexOf(u';', at) - at));
        }
        if (kind == u"gauge" && name.endsWith(u"_total")) kind = QStringLiteral("counter");  // telemetry/prometheus.cpp
        Definition& definition = out[name];
        definition.kind = kind;
        definition.help = joined(match.captured(3));
        for (const QString& label : labels)
            if (!definition.labels.contains(label)) definition.labels << label;
    }
    return out;
}

QString unitOf(const QString& name)
{
    const QString plain = name.endsWith(u"_total") ? name.chopped(6) : name;
    for (const auto& [end, unit] : {std::pair{"_seconds", "seconds"},
                                    {"_bytes", "bytes"},
                                    {"_bytes_max", "bytes"},
                                    {"_ratio", "ratio"},
                                    {"_rows", "rows"},
                                    {"_bytes_in", "bytes"},
                                    {"_bytes_out", "bytes"}})
        if (plain.endsWith(QLatin1String(end))) return QLatin1String(unit);
    return {};
}

}  // namespace

/// engine/docs/metrics.md: its table of metrics is made of what the modules declare.
class TestMetricsDocument : public QObject {
    Q_OBJECT

    QMap<QString, Definition> all_;
    QSet<QString> settings_;
    QSet<QString> literals_;  ///< short texts in the engine's sources

private Q_SLOTS:
    void initTestCase()
    {
        for (QDirIterator it(MILLRACE_SOURCE_DIR "/engine", {"*.h", "*.cpp"}, QDir::Files,
                             QDirIterator::Subdirectories);
             it.hasNext();) {
            const QString path = it.next();
            if (path.contains(u"/bench/") || path.contains(u"/runtime/train/")) continue;
            const QString source = read(path);
            static const QRegularExpression literal(QStringLiteral("\"([\\w.]+)\""));
            for (auto texts = literal.globalMatch(source); texts.hasNext();) literals_ << texts.next().captured(1);
            const auto found = definitionsIn(source);
            for (auto entry = found.begin(); entry != found.end(); ++entry) {
                Definition& known = all_[entry.key()];
                if (!known.kind.isEmpty()) {
                    QCOMPARE(entry.value().help, known.help);  // two modules say the same of it
                    QCOMPARE(entry.value().kind, known.kind);
                }
                known.kind = entry.value().kind;
                known.help = entry.value().help;
                for (const QString& label : entry.value().labels)
                    if (!known.labels.contains(label)) known.labels << label;
            }
        }
        static const QRegularExpression setting(QStringLiteral("^\\| `([a-z]+\\.[a-z_]+)`"),
                                                QRegularExpression::MultilineOption);
        for (auto rows = setting.globalMatch(read(MILLRACE_SOURCE_DIR "/engine/docs/settings.md")); rows.hasNext();)
            settings_ << rows.next().captured(1);
    }

    void declarationsAreUnderstood()
    {
        const auto found = definitionsIn(QStringLiteral(
            "constexpr char kName[] = \"millrace_b_seconds\";\n"
            "void f() { registry_.counter(\"millrace_a_total\", \"One (\"\n  \"and more).\", {{\"model\", m(1)}, "
            "{\"by\", \"x\"}}).add(); }\n"
            "const Labels labels{{\"class\", c}};\n"
            "g = &registry.histogram(kName, \"Time.\", buckets::rows(), labels);\n"
            "int wrapped(Registry& registry, const char* n)\n{\n  return registry.gauge(n, h, {{\"result\", r}});\n}\n"
            "x(wrapped(registry, \"millrace_c\", \"State.\"));\n"
            "reading.counter(\"millrace_d_total\");\n"));
        QCOMPARE(found.keys(), (QStringList{"millrace_a_total", "millrace_b_seconds", "millrace_c"}));
        QCOMPARE(found["millrace_a_total"], (Definition{"counter", {"model", "by"}, "One (and more)."}));
        QCOMPARE(found["millrace_b_seconds"], (Definition{"histogram", {"class"}, "Time."}));
        QCOMPARE(found["millrace_c"], (Definition{"gauge", {"result"}, "State."}));
    }

    void namesFollowPrometheus()
    {
        QVERIFY2(all_.size() > 75, qPrintable(QString::number(all_.size())));
        for (auto entry = all_.begin(); entry != all_.end(); ++entry) {
            const Definition& metric = entry.value();
            QVERIFY2(entry.key().endsWith(u"_total") == (metric.kind == u"counter"), qPrintable(entry.key()));
            QVERIFY2(metric.help.endsWith(u'.') && metric.help.front().isUpper(), qPrintable(entry.key()));
            if (metric.kind == u"histogram" && !entry.key().endsWith(u"_depth"))
                QVERIFY2(!unitOf(entry.key()).isEmpty(), qPrintable(entry.key()));
        }
    }

    /// MILLRACE_UPDATE_DOCS=1 writes it anew.
    void theDocumentHasTheTableOfMetrics()
    {
        static const QRegularExpression path(QStringLiteral("\\b([a-z]+\\.[a-z_]+)\\b"));
        QString table =
            QStringLiteral("\n| metric | type | labels | unit | setting | what |\n|---|---|---|---|---|---|\n");
        for (auto entry = all_.begin(); entry != all_.end(); ++entry) {
            QStringList settings;
            for (auto found = path.globalMatch(entry.value().help); found.hasNext();)
                if (const QString name = found.next().captured(1); settings_.contains(name))
                    settings << u'`' + name + u'`';
            table += "| " +
                     QStringList{u'`' + entry.key() + u'`', entry.value().kind,  entry.value().labels.join(", "),
                                 unitOf(entry.key()),       settings.join(", "), entry.value().help}
                         .join(" | ") +
                     " |\n";
        }
        table += u'\n';

        QCOMPARE(millrace::testing::documentTable(MILLRACE_SOURCE_DIR "/engine/docs/metrics.md",
                                                  "<!-- from the modules' declarations -->\n",
                                                  "<!-- end of metrics -->", table),
                 table);
    }

    /// The hand-written table beside it: every label of every metric, with values that the engine's sources have.
    void everyLabelIsDescribed()
    {
        static const QRegularExpression row(QStringLiteral("^\\| `(\\w+)`(?: of `(millrace_\\w+)`)? \\| ([^|]+) \\|$"),
                                            QRegularExpression::MultilineOption);
        static const QRegularExpression words(QStringLiteral("^[\\w.]+(?:, [\\w.]+)+$"));
        const auto key = [](const QString& label, const QString& metric) {
            return label + QStringLiteral(" of ") + metric;
        };
        QSet<QString> described, unused;
        for (auto rows = row.globalMatch(read(MILLRACE_SOURCE_DIR "/engine/docs/metrics.md")); rows.hasNext();) {
            const auto match = rows.next();
            const QString name = key(match.captured(1), match.captured(2));
            QVERIFY2(!described.contains(name), qPrintable(name));
            described << name;
            unused << name;
            if (!match.captured(3).contains(words)) continue;
            for (const QString& value : match.captured(3).split(QStringLiteral(", ")))
                QVERIFY2(literals_.contains(value), qPrintable(name + ": " + value));
        }
        QVERIFY(described.size() > 20);
        for (auto entry = all_.begin(); entry != all_.end(); ++entry) {
            for (const QString& label : entry.value().labels) {
                const QString own = key(label, entry.key()), common = key(label, {});
                QVERIFY2(described.contains(own) || described.contains(common), qPrintable(own));
                unused.remove(described.contains(own) ? own : common);
            }
        }
        QVERIFY2(unused.isEmpty(), qPrintable(QStringList(unused.values()).join(u'\n')));
    }
};

QTEST_GUILESS_MAIN(TestMetricsDocument)
#include "tst_metrics_document.moc"
