//! Compares `lint_store_type` with the types as which a JVM opens each store.

use cassandra_props::{Family, InternodeTls, Properties, StoreContent};
use test_support::{JavaProgram, output};

pub(crate) fn java_reads_the_store_types_that_we_say() {
    let answer = output(&mut JavaProgram::compile("Types", include_str!("Types.java")).command());
    let mut lines = answer.lines();
    let java: u32 = lines.next().unwrap().parse().unwrap();
    let mut count = 0;
    for line in lines {
        let [store_type, content, reads] = line.split(' ').collect::<Vec<_>>().try_into().unwrap();
        let file = format!("conf_cassandra_store_type={store_type}\n");
        let file = Properties::parse(file.as_bytes()).unwrap();
        let content = match content {
            "JKS" => StoreContent::Jks,
            "JCEKS" => StoreContent::Jceks,
            _ => StoreContent::Pkcs12,
        };
        let found = InternodeTls::new(Family::Legacy).lint_store_type(&file, content, java);
        assert_eq!(found.is_none(), reads == "yes", "{line}");
        count += 1;
    }
    println!("{count} pairs of type and content as Java {java} reads them");
    assert_eq!(count, 15);
}
