# catsclean in a container, to read data from strangers:
#
#   docker build -t catsclean .
#   docker run --rm --network none --read-only --cap-drop ALL --tmpfs /tmp --user "$(id -u):$(id -g)" \
#     -v "$PWD/PetImages:/data/PetImages:ro" -v "$PWD/state:/state" catsclean audit /data/PetImages
#
# --build-arg EXTRAS=content adds what the extra of this name needs.

FROM python:3.13-slim AS build
ARG EXTRAS=""
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY catsclean catsclean
RUN python -m venv /opt/catsclean \
    && /opt/catsclean/bin/pip install --no-cache-dir "/source${EXTRAS:+[$EXTRAS]}"

FROM python:3.13-slim
LABEL org.opencontainers.image.title="catsclean" \
      org.opencontainers.image.description="The linter for image folders" \
      org.opencontainers.image.source="https://github.com/catsclean/catsclean" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/catsclean /opt/catsclean
RUN useradd --uid 10001 --create-home catsclean \
    && install -d -o catsclean -g catsclean /data /state
# pictures are mounted read-only below /data; what an audit writes goes to /state
ENV PATH="/opt/catsclean/bin:$PATH" \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    CATSCLEAN_STATE_DIR=/state \
    CATSCLEAN_NO_PROGRESS=1
USER 10001
WORKDIR /data
VOLUME ["/state"]
ENTRYPOINT ["catsclean"]
CMD ["--help"]
