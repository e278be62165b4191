# docker build -t cxai-proxy . && docker run -p 8080:8080 -v ./my_policies:/app/policy_corpus:ro -v cxai-data:/data cxai-proxy
# The first start prints an API key, once: chatbots send it as theirs (docs/access.md).
FROM python:3.12-slim AS build
WORKDIR /src
# Dependencies first: they change less often than the code, and this layer is then kept.
COPY pyproject.toml README.md ./
RUN mkdir proxy && touch proxy/__init__.py \
    && python -m venv /opt/cxai \
    && /opt/cxai/bin/pip install --no-cache-dir . \
    && /opt/cxai/bin/pip uninstall --yes cxai-proxy
COPY proxy proxy
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels . \
    && /opt/cxai/bin/pip install --no-cache-dir --no-deps /wheels/*.whl

FROM python:3.12-slim
LABEL org.opencontainers.image.title="cxai-proxy" \
      org.opencontainers.image.description="Checks every claim of a customer chatbot's answer against the company's policies"
# A fixed number, so that the rights on a mounted folder can be set from outside.
RUN groupadd --gid 10001 cxai && useradd --uid 10001 --gid cxai --no-create-home --shell /usr/sbin/nologin cxai \
    && mkdir -p /app /data && chown cxai:cxai /data
COPY --from=build /opt/cxai /opt/cxai
ENV PATH=/opt/cxai/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    CXAI_HOST=0.0.0.0 \
    CXAI_PORT=8080 \
    CXAI_FIRST_KEY=auto \
    CXAI_DATABASE_URL=sqlite:////data/cxai.db \
    CXAI_EMBEDDING_CACHE=/data/embeddings.sqlite
WORKDIR /app
USER 10001:10001
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f\"http://127.0.0.1:{os.environ['CXAI_PORT']}/healthz\", timeout=2)"]
# Read from /app: policy_corpus/, policies/ and cxai.yaml, each where it is mounted.
ENTRYPOINT ["cxai"]
CMD ["serve"]
